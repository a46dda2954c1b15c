import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, jsonSchema, streamText, tool } from 'ai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunningSimulator, startSimulator } from '../testing/running-simulator.js';

describe('the model, by the AI SDK', () => {
  let simulator: RunningSimulator;
  let model: ReturnType<ReturnType<typeof createOpenAICompatible>>;

  beforeAll(async () => {
    simulator = await startSimulator();
    const provider = createOpenAICompatible({
      name: 'simulator',
      baseURL: `${simulator.url}/v1`,
      apiKey: 'any key',
      includeUsage: true,
    });
    model = provider('some-model');
  });
  beforeEach(() => simulator.control('POST', 'reset'));
  afterAll(() => simulator.close());

  const script = (body: object) => simulator.control('POST', 'model', body);
  const ask = (prompt = 'Hello') => generateText({ model, prompt, maxRetries: 0 });
  const stream = async (prompt = 'Hello') => {
    const errors: unknown[] = [];
    const result = streamText({
      model,
      prompt,
      maxRetries: 0,
      onError: ({ error }) => void errors.push(error),
    });
    let text = '';
    try {
      for await (const piece of result.textStream) text += piece;
    } catch (error) {
      errors.push(error);
    }
    return { text, errors, result };
  };

  it('the simulated model echoes the last user message and counts the user messages', async () => {
    const { text, usage, finishReason } = await generateText({
      model,
      instructions: 'Be kind.',
      messages: [
        { role: 'user', content: 'My name is Ada' },
        { role: 'assistant', content: 'Hello Ada' },
        { role: 'user', content: 'What is my Näme? 👋' },
      ],
    });
    expect(text).toBe('Message 2: you said "What is my Näme? 👋"');
    expect(finishReason).toBe('stop');
    expect(usage).toMatchObject({ inputTokens: 13, outputTokens: 9 });
    const { json } = await simulator.control('GET', 'model/requests?contains=Ada');
    expect(json.requests).toHaveLength(1);
    expect(json.requests[0]).toMatchObject({ mode: 'echo', outcome: 'answered', reply: text });
    expect(json.requests[0].request.messages[0]).toMatchObject({ role: 'system', content: 'Be kind.' });
  });

  it('the simulated model streams the echo in pieces, with token usage', async () => {
    const { text, errors, result } = await stream('one two  three\nfour');
    expect(text).toBe('Message 1: you said "one two  three\nfour"');
    expect(errors).toEqual([]);
    expect((await result.usage).outputTokens).toBe(8);
    expect(await result.finishReason).toBe('stop');
  });

  it('the simulated model returns a fixed text as often as scripted, then echoes again', async () => {
    await script({ mode: 'fixed', text: 'OK', times: 2 });
    expect((await ask()).text).toBe('OK');
    expect((await stream()).text).toBe('OK');
    expect((await ask()).text).toBe('Message 1: you said "Hello"');
  });

  it('the simulated model returns scripted tool calls with or without text, then the next script', async () => {
    const toolCalls = [
      { name: 'send_sms', arguments: { text: 'Hällo 👋' } },
      { name: 'unheard_of', arguments: '{"broken' },
    ];
    const tools = { send_sms: tool({ inputSchema: jsonSchema({ type: 'object' }) }) };
    const asked = { model, prompt: 'Hello', tools, maxRetries: 0 } as const;
    await script({
      mode: 'fixed',
      text: 'One moment.',
      toolCalls,
      times: 1,
      next: { mode: 'fixed', toolCalls, times: 1, next: { mode: 'fixed', text: 'Done.' } },
    });
    const streamed = streamText(asked);
    expect(await streamed.text).toBe('One moment.');
    expect(await streamed.finishReason).toBe('tool-calls');
    const wishes = [
      { toolName: 'send_sms', input: { text: 'Hällo 👋' } },
      { toolName: 'unheard_of', input: '{"broken' },
    ];
    expect(await streamed.toolCalls).toMatchObject(wishes);
    const whole = await generateText(asked);
    expect(whole).toMatchObject({ text: '', finishReason: 'tool-calls', toolCalls: wishes });
    expect((await ask()).text).toBe('Done.');
    expect((await ask()).text).toBe('Done.');
  });

  it('a model script with "asked" answers every matching question and leaves other questions to the general script', async () => {
    const says = async (prompt: string) => (await generateText({ model, prompt, maxRetries: 0 })).text;
    await script({ mode: 'fixed', text: 'Hm.' });
    await script({ mode: 'fixed', text: 'At ten.', asked: 'kitchen close' });
    for (let time = 0; time < 2; time++) {
      expect(await says('When does the KITCHEN close?')).toBe('At ten.');
      expect(await says('And the bar?')).toBe('Hm.');
    }
    await script({ mode: 'echo' });
    expect(await says('When does the kitchen close?')).toContain('you said');
  });

  it('a model script with "asked" answers as many matching questions as "times" says, then its "next" answers, then the general script', async () => {
    const says = async (prompt: string) => (await generateText({ model, prompt, maxRetries: 0 })).text;
    await script({ mode: 'fixed', text: 'Hm.' });
    const next = { mode: 'fixed', text: 'At nine.', times: 1 };
    await script({ mode: 'fixed', text: 'At ten.', asked: 'kitchen', times: 2, next });
    const answers: string[] = [];
    for (let time = 0; time < 4; time++) {
      expect(await says('And the bar?')).toBe('Hm.');
      answers.push(await says('When does the kitchen close?'));
    }
    expect(answers).toEqual(['At ten.', 'At ten.', 'At nine.', 'Hm.']);
  });

  it('the simulated model fails with the scripted HTTP status', async () => {
    await script({ mode: 'error', status: 429 });
    await expect(ask()).rejects.toMatchObject({ statusCode: 429, isRetryable: true });
    await script({ mode: 'error', status: 400 });
    await expect(ask()).rejects.toMatchObject({ statusCode: 400, isRetryable: false });
  });

  it('the simulated model returns an empty and a huge reply when scripted', async () => {
    await script({ mode: 'empty' });
    expect((await stream()).text).toBe('');
    await script({ mode: 'huge' });
    expect((await ask()).text.length).toBeGreaterThanOrEqual(200_000);
    expect((await stream()).text.length).toBeGreaterThanOrEqual(200_000);
  });

  it('the simulated model breaks the connection in the middle of a streamed or a plain reply', async () => {
    await script({ mode: 'die-midstream' });
    const { text, errors } = await stream('one two three four');
    expect(text).toBe('Message 1: you said');
    expect(errors).not.toEqual([]);
    await expect(ask()).rejects.toThrow('Failed to process successful response');
    const { json } = await simulator.control('GET', 'model/requests?outcome=died');
    expect(json.requests).toHaveLength(2);
  });

  it('a hanging model request ends as aborted when the client disconnects', async () => {
    await script({ mode: 'hang' });
    const leaving = new AbortController();
    const answer = generateText({ model, prompt: 'Hello', maxRetries: 0, abortSignal: leaving.signal });
    const failure = answer.then(
      () => null,
      (error: unknown) => error,
    );
    await simulator.control('GET', 'model/requests?outcome=pending&waitMs=5000');
    leaving.abort();
    expect(await failure).toMatchObject({ name: 'AbortError' });
    const { json } = await simulator.control('GET', 'model/requests?outcome=aborted&waitMs=5000');
    expect(json.requests).toHaveLength(1);
  });

  it('the simulated model delays its reply, and a reset ends the delay', async () => {
    await script({ mode: 'delay', delayMs: 60_000 });
    const answer = ask();
    const { json } = await simulator.control('GET', 'model/requests?outcome=pending&waitMs=5000');
    expect(json.requests).toHaveLength(1);
    await simulator.control('POST', 'reset');
    expect((await answer).text).toBe('Message 1: you said "Hello"');
  });

  it('the simulated model delays the first word and each piece as the voice settings say', async () => {
    await simulator.control('POST', 'voice', { model: { firstTokenMs: 120, perPieceMs: 40 } });
    const startedAt = performance.now();
    const atMs: number[] = [];
    const result = streamText({ model, prompt: 'one two', maxRetries: 0 });
    for await (const piece of result.textStream) if (piece !== '') atMs.push(performance.now() - startedAt);
    expect(await result.text).toBe('Message 1: you said "one two"');
    expect(atMs[0]).toBeGreaterThanOrEqual(118);
    expect(atMs.at(-1)! - atMs[0]!).toBeGreaterThanOrEqual(150);
    await simulator.control('POST', 'voice', { latency: 'published' });
    expect((await simulator.control('GET', 'voice')).json.model.firstTokenMs).toBe(350);
  });

  it('GET /v1/models lists the model, and an invalid chat request is refused with 400', async () => {
    const models = await fetch(`${simulator.url}/v1/models`);
    expect(await models.json()).toMatchObject({ object: 'list', data: [{ id: 'simulator' }] });
    const refused = await fetch(`${simulator.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'm', messages: [] }),
    });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  });
});
