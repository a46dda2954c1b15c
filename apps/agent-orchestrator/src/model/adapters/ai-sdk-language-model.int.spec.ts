import type { Prompt } from '@parley/dialogue';
import { RetryableError } from '@parley/messaging';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { deferred } from '../../testing/deferred.js';
import { AiSdkLanguageModel } from './ai-sdk-language-model.js';
import { createModel } from './model-provider.js';
import type { ModelSettings } from './model-settings.js';

const prompt: Prompt = {
  system: 'You are kind.',
  channel: 'sms',
  messages: [
    { role: 'user', text: 'my name is Ada' },
    { role: 'assistant', text: 'Nice to meet you, Ada.' },
    { role: 'user', text: "what's my name?" },
  ],
};

interface Asked {
  url: string;
  authorization: string | undefined;
  body: { model: string; stream: boolean; messages: { role: string; content: unknown }[] };
}

/** A vendor's HTTP API that answers as it is told. */
async function givenVendor(answer: (response: ServerResponse) => void) {
  const asked: Asked[] = [];
  const receive = async (request: IncomingMessage, response: ServerResponse) => {
    const { url = '', headers } = request;
    const body = (await json(request)) as Asked['body'];
    asked.push({ url, authorization: headers.authorization, body });
    answer(response);
  };
  const server = createServer((request, response) => void receive(request, response));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => server.closeAllConnections());
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const settings: ModelSettings = {
    LLM_PROVIDER: 'openai-compatible',
    LLM_BASE_URL: `http://127.0.0.1:${port}/v1`,
    LLM_MODEL: 'some-model',
    LLM_API_KEY: 'some-key',
  };
  return { asked, settings, model: new AiSdkLanguageModel(createModel(settings)) };
}

function chunk(delta: object, finishReason: string | null = null): string {
  const choices = [{ index: 0, delta, finish_reason: finishReason }];
  const head = { id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'some-model' };
  return `data: ${JSON.stringify({ ...head, choices })}\n\n`;
}

function stream(response: ServerResponse, ...words: string[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const content of words) response.write(chunk({ content }));
}

async function replyOf(model: AiSdkLanguageModel, signal = new AbortController().signal): Promise<string> {
  let text = '';
  for await (const piece of model.reply(prompt, signal)) text += piece;
  return text;
}

describe.each(['openai', 'openai-compatible'] as const)('a model behind %s', (provider) => {
  const given = async (answer: (response: ServerResponse) => void) => {
    const vendor = await givenVendor(answer);
    const settings = { ...vendor.settings, LLM_PROVIDER: provider };
    return { ...vendor, model: new AiSdkLanguageModel(createModel(settings)) };
  };

  it('streams its answer', async () => {
    const { model, asked } = await given((response) => {
      stream(response, 'Your name ', 'is Äda 👋.');
      response.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
    });
    expect(await replyOf(model)).toBe('Your name is Äda 👋.');
    expect(asked).toMatchObject([
      {
        url: '/v1/chat/completions',
        authorization: 'Bearer some-key',
        body: { model: 'some-model', stream: true },
      },
    ]);
    expect(asked[0]!.body.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
  });

  it.each([429, 500, 503])('may be asked again after %i', async (status) => {
    const { model, asked } = await given((response) => response.writeHead(status).end('{}'));
    await expect(replyOf(model)).rejects.toThrow(RetryableError);
    expect(asked).toHaveLength(1);
  });

  it('is not asked again after it refused the key, and its words do not leave', async () => {
    const { model } = await given((response) =>
      response.writeHead(401).end(JSON.stringify({ error: { message: 'bad key some-key' } })),
    );
    const error = await replyOf(model).catch((reason: unknown) => reason);
    expect(error).not.toBeInstanceOf(RetryableError);
    expect(String(error)).toBe("Error: the model's API answered 401");
  });

  it('may be asked again when it dies in mid-answer', async () => {
    const { model } = await given((response) => {
      stream(response, 'I was about to');
      setImmediate(() => response.destroy());
    });
    await expect(replyOf(model)).rejects.toThrow(RetryableError);
  });

  it('may be asked again when its answer just ends', async () => {
    const { model } = await given((response) => {
      stream(response, 'I was about to');
      response.end();
    });
    await expect(replyOf(model)).rejects.toThrow(RetryableError);
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const closed = deferred();
    const { model } = await given((response) => {
      stream(response, 'One ');
      response.on('close', () => closed.resolve());
    });
    let text = '';
    for await (const piece of model.reply(prompt, stop.signal)) {
      text += piece;
      stop.abort();
    }
    await closed.promise;
    expect(text).toBe('One ');
  });
});

describe('the demo model', () => {
  it('answers without a key, by the same interface', async () => {
    const model = new AiSdkLanguageModel(createModel({ LLM_PROVIDER: 'demo' }));
    expect(await replyOf(model)).toBe('Your name is Ada.');
  });
});
