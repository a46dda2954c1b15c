import { isInputTooLong, MAX_TOOL_INPUT_CHARS, type Prompt, type ToolCall } from '@parley/dialogue';
import { RetryableError } from '@parley/resilience';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { smsPrompt } from '../../channels/sms/sms-channel.js';
import { EndlessReasoningError, type ReplyPart } from '../language-model.js';
import { AiSdkLanguageModel } from './ai-sdk-language-model.js';
import { createModel } from './model-provider.js';
import type { ModelSettings } from './model-settings.js';

const prompt: Prompt = {
  system: 'You are kind.',
  channel: smsPrompt,
  marks: [],
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

/** Starts an HTTP server that answers as a model vendor's API. */
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
  for await (const part of model.reply(prompt, signal)) if (part.kind === 'text') text += part.text;
  return text;
}

describe.each(['openai', 'openai-compatible'] as const)('a model behind %s', (provider) => {
  const given = async (answer: (response: ServerResponse) => void) => {
    const vendor = await givenVendor(answer);
    const settings = { ...vendor.settings, LLM_PROVIDER: provider };
    return { ...vendor, model: new AiSdkLanguageModel(createModel(settings)) };
  };

  it('a model is asked with the whole prompt, and the words that it streams are joined', async () => {
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

  it.each([429, 500, 503])(
    'an HTTP error %i of a model is retryable, and the SDK does not retry it itself',
    async (status) => {
      const { model, asked } = await given((response) => response.writeHead(status).end('{}'));
      await expect(replyOf(model)).rejects.toThrow(RetryableError);
      expect(asked).toHaveLength(1);
    },
  );

  it('an HTTP error 401 of a model is not retryable, and the vendor’s message is not repeated', async () => {
    const { model } = await given((response) =>
      response.writeHead(401).end(JSON.stringify({ error: { message: 'bad key some-key' } })),
    );
    const error = await replyOf(model).catch((reason: unknown) => reason);
    expect(error).not.toBeInstanceOf(RetryableError);
    expect(String(error)).toBe("Error: The model's API answered 401");
  });

  it('a connection that breaks during a model’s answer is a retryable error', async () => {
    const { model } = await given((response) => {
      stream(response, 'I was about to');
      setImmediate(() => response.destroy());
    });
    await expect(replyOf(model)).rejects.toThrow(RetryableError);
  });

  it.each(['stop', 'eos', 'end', 'end_turn', 'length', 'content_filter', 'tool_calls', ''])(
    'words of a model are an answer, also with the finish reason %j',
    async (reason) => {
      const { model } = await given((response) => {
        stream(response, 'All ', 'of it.');
        response.end(`${chunk({}, reason)}data: [DONE]\n\n`);
      });
      expect(await replyOf(model)).toBe('All of it.');
    },
  );

  it('words of a model with an end mark and no finish reason are an answer', async () => {
    const { model } = await given((response) => {
      stream(response, 'All ', 'of it.');
      response.end('data: [DONE]\n\n');
    });
    expect(await replyOf(model)).toBe('All of it.');
  });

  it.each([
    ['stop', 'silence', undefined],
    ['eos', 'silence', undefined],
    ['length', 'a retryable error', RetryableError],
    ['tool_calls', 'a retryable error', RetryableError],
    ['content_filter', 'a final error', Error],
  ])('an empty model answer with the finish reason %j is %s', async (reason, _meaning, failure) => {
    const { model } = await given((response) => {
      stream(response);
      response.end(`${chunk({}, reason)}data: [DONE]\n\n`);
    });
    const outcome = await replyOf(model).catch((error: unknown) => error);
    if (!failure) return expect(outcome).toBe('');
    expect(outcome).toBeInstanceOf(failure);
    expect(outcome instanceof RetryableError).toBe(failure === RetryableError);
  });

  it('an error in a model’s stream fails the answer, even after words and before an end mark', async () => {
    const { model } = await given((response) => {
      stream(response, 'I was about to');
      response.write(`data: ${JSON.stringify({ error: { message: 'overloaded' } })}\n\n`);
      response.end('data: [DONE]\n\n');
    });
    await expect(replyOf(model)).rejects.toThrow(RetryableError);
  });

  it.each([
    ['in one piece', ['<think>The user wants the name.</think>Your name is Ada.']],
    ['in pieces', ['<thi', 'nk>The user', ' wants</th', 'ink>\n\nYour ', 'name is Ada.']],
    ['in two blocks', ['<think>a</think>Your name ', '<think>b</think>is Ada.']],
    ['in <thinking> tags', ['<thinking>Hm.</thinking>', 'Your name is Ada.']],
    ['in <thought> tags', ['<thought>Hm.</thought>', 'Your name is Ada.']],
    ['in <reasoning> tags', ['<reaso', 'ning>Hm.</reasoning>', 'Your name is Ada.']],
  ])('a model’s reasoning is left out of its answer (%s)', async (_how, words) => {
    const { model } = await given((response) => {
      stream(response, ...words);
      response.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
    });
    expect((await replyOf(model)).replaceAll(/\s+/g, ' ').trim()).toBe('Your name is Ada.');
  });

  it('an answer after reasoning is streamed while the model writes it', async () => {
    const goOn = Promise.withResolvers<void>();
    const { model } = await given((response) => {
      stream(response, '<think>Hm.</think>', 'Your name');
      void goOn.promise.then(() => response.end(`${chunk({ content: ' is Ada.' }, 'stop')}data: [DONE]\n\n`));
    });
    const parts = model.reply(prompt, new AbortController().signal)[Symbol.asyncIterator]();
    expect((await parts.next()).value).toEqual({ kind: 'text', text: 'Your name' });
    goOn.resolve();
    expect((await parts.next()).value).toEqual({ kind: 'text', text: ' is Ada.' });
  });

  it('words that only resemble reasoning tags stay in the answer', async () => {
    const words = ['1 < 2, and <b>', 'bold</b> <thin', 'g>'];
    const { model } = await given((response) => {
      stream(response, ...words);
      response.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
    });
    expect(await replyOf(model)).toBe(words.join(''));
  });

  const waysToReason: [way: string, deltaOf: (words: string) => object, first: string][] = [
    ['in its answer', (words) => ({ content: words }), '<think>'],
    ['in a field of its own', (words) => ({ reasoning_content: words }), ''],
  ];
  // OpenAI's own models do not send their reasoning.
  const ways = provider === 'openai' ? waysToReason.slice(0, 1) : waysToReason;
  it.each(ways)('a model that reasons without end is stopped (%s)', async (_way, deltaOf, first) => {
    const closed = Promise.withResolvers<void>();
    const { model } = await given((response) => {
      stream(response, first);
      const more = setInterval(() => response.write(chunk(deltaOf('Hm. '.repeat(1_000)))), 1);
      response.on('close', () => (clearInterval(more), closed.resolve()));
    });
    await expect(replyOf(model)).rejects.toThrow(EndlessReasoningError);
    await closed.promise;
  });

  it('a model’s stream that ends with neither an end mark nor a finish reason is a retryable error', async () => {
    const { model } = await given((response) => {
      stream(response, 'I was about to');
      response.end();
    });
    await expect(replyOf(model)).rejects.toThrow(RetryableError);
  });

  it('an abort closes the connection to the model and ends the answer', async () => {
    const stop = new AbortController();
    const closed = Promise.withResolvers<void>();
    const { model } = await given((response) => {
      stream(response, 'One ');
      response.on('close', () => closed.resolve());
    });
    let text = '';
    for await (const part of model.reply(prompt, stop.signal)) {
      if (part.kind === 'text') text += part.text;
      stop.abort();
    }
    await closed.promise;
    expect(text).toBe('One ');
  });
});

describe.each(['openai', 'openai-compatible'] as const)('tools behind %s', (provider) => {
  const offered = [
    { name: 'send_sms', description: 'Sends a text.', inputSchema: { type: 'object', properties: {} } },
  ];
  const ask = async (toAsk: Prompt, ...deltas: object[]) => {
    const vendor = await givenVendor((response) => {
      stream(response, 'One moment. ');
      for (const delta of deltas) response.write(chunk(delta));
      response.end(`${chunk({}, deltas.length > 0 ? 'tool_calls' : 'stop')}data: [DONE]\n\n`);
    });
    const model = new AiSdkLanguageModel(createModel({ ...vendor.settings, LLM_PROVIDER: provider }));
    const calls: ToolCall[] = [];
    let text = '';
    for await (const part of model.reply(toAsk, new AbortController().signal)) {
      if (part.kind === 'text') text += part.text;
      else calls.push(part.call);
    }
    return { text, calls, body: vendor.asked[0]!.body as unknown as Record<string, unknown> };
  };
  const toolCall = (name: string, input: string, index = 0) => ({
    tool_calls: [{ index, id: `c-${index}`, type: 'function', function: { name, arguments: input } }],
  });

  it('a model is offered the tools, and all its tool calls are returned, valid or not', async () => {
    const { text, calls, body } = await ask(
      { ...prompt, tools: { offered, used: [], isOver: false } },
      toolCall('send_sms', '{"text":"Hi"}'),
      toolCall('unheard_of', '{}', 1),
      toolCall('send_sms', '{"text', 2),
    );
    expect(text).toBe('One moment. ');
    expect(calls).toEqual([
      { id: 'c-0', tool: 'send_sms', input: { text: 'Hi' } },
      { id: 'c-1', tool: 'unheard_of', input: {} },
      { id: 'c-2', tool: 'send_sms', input: '{"text' },
    ]);
    expect(body).toMatchObject({
      tools: [{ type: 'function', function: { name: 'send_sms', description: 'Sends a text.' } }],
      tool_choice: 'auto',
    });
  });

  it('too long arguments of a tool call are cut one character after the limit', async () => {
    const vendor = await givenVendor((response) => {
      stream(response);
      response.write(chunk(toolCall('send_sms', '{"text":"')));
      for (let i = 0; i < 5_000; i++) {
        const more = { tool_calls: [{ index: 0, function: { arguments: 'x'.repeat(1_000) } }] };
        response.write(chunk(more));
      }
      response.end(`${chunk({}, 'tool_calls')}data: [DONE]\n\n`);
    });
    const parts: ReplyPart[] = [];
    const asking = { ...prompt, tools: { offered, used: [], isOver: false } };
    const asked = new AiSdkLanguageModel(createModel({ ...vendor.settings, LLM_PROVIDER: provider }));
    for await (const part of asked.reply(asking, new AbortController().signal)) parts.push(part);
    expect(parts).toEqual([
      { kind: 'tool-call', call: { id: 'c-0', tool: 'send_sms', input: expect.any(String) as unknown } },
    ]);
    const [{ call }] = parts as [Extract<ReplyPart, { kind: 'tool-call' }>];
    expect(isInputTooLong(call)).toBe(true);
    expect((call.input as string).length).toBe(MAX_TOOL_INPUT_CHARS + 1);
  });

  it('a request shows used tools after the messages, and forbids tool calls once the turn may use no more', async () => {
    const used = [
      {
        id: 'c-0',
        tool: 'send_sms',
        input: { text: 'Hi' },
        said: 'One moment.',
        result: 'Successfully sent.',
      },
    ];
    const { calls, body } = await ask({ ...prompt, tools: { offered, used, isOver: true } });
    expect(calls).toEqual([]);
    expect(body['tool_choice']).toBe('none');
    expect((body['messages'] as object[]).slice(-2)).toMatchObject([
      {
        role: 'assistant',
        content: 'One moment.',
        tool_calls: [{ id: 'c-0', function: { name: 'send_sms', arguments: '{"text":"Hi"}' } }],
      },
      { role: 'tool', tool_call_id: 'c-0', content: 'Successfully sent.' },
    ]);
  });

  it('a request for a prompt without tools has no field "tools"', async () => {
    expect((await ask(prompt)).body).not.toHaveProperty('tools');
  });
});

describe('the demo model', () => {
  it('the demo model answers through the SDK without a key', async () => {
    const model = new AiSdkLanguageModel(createModel({ LLM_PROVIDER: 'demo' }));
    expect(await replyOf(model)).toBe('Your name is Ada.');
  });
});
