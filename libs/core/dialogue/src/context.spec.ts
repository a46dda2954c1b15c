import { describe, expect, it } from 'vitest';
import { buildPrompt, estimateTokens, orderBursts, type LoggedMessage } from './context.js';

const said = (seq: number, text: string, more: Partial<LoggedMessage> = {}): LoggedMessage => ({
  seq,
  author: 'contact',
  text,
  receivedAtMs: seq * 1000,
  threadSeq: seq,
  ...more,
});
const answered = (seq: number, text: string): LoggedMessage => ({ seq, author: 'agent', text });
const texts = (messages: readonly { text: string }[]) => messages.map(({ text }) => text);
const ample = { maxMessages: 40, maxTokens: 4000 };

describe('orderBursts', () => {
  it('orders a burst as it was received, not as it arrived in the log', () => {
    const log = [said(1, 'second', { receivedAtMs: 20 }), said(2, 'first', { receivedAtMs: 10 })];
    expect(texts(orderBursts(log))).toEqual(['first', 'second']);
  });

  it('orders texts of the same moment by the count of their thread', () => {
    const log = [
      said(1, 'b', { receivedAtMs: 5, threadSeq: 2 }),
      said(2, 'a', { receivedAtMs: 5, threadSeq: 1 }),
    ];
    expect(texts(orderBursts(log))).toEqual(['a', 'b']);
  });

  it('moves nothing across what was said in between', () => {
    const log = [
      said(1, 'later', { receivedAtMs: 20 }),
      answered(2, 'yes'),
      said(3, 'early', { receivedAtMs: 10 }),
    ];
    expect(texts(orderBursts(log))).toEqual(['later', 'yes', 'early']);
  });
});

describe('buildPrompt', () => {
  it('adds the channel to the system prompt, and tells contact from our side', () => {
    const prompt = buildPrompt({
      systemPrompt: 'You are Ada.\n',
      channel: 'sms',
      log: [said(1, 'Hi'), answered(2, 'Hello!'), { ...answered(3, 'A person here.'), author: 'human' }],
      budget: ample,
    });
    expect(prompt.system).toMatch(/^You are Ada\.\n\nYou are answering by SMS/);
    expect(prompt.messages).toEqual([
      { role: 'user', text: 'Hi' },
      { role: 'assistant', text: 'Hello!' },
      { role: 'assistant', text: 'A person here.' },
    ]);
  });

  it('keeps the newest messages when there are too many', () => {
    const log = Array.from({ length: 10 }, (_, i) => said(i + 1, `m${i + 1}`));
    const prompt = buildPrompt({
      systemPrompt: '',
      channel: 'sms',
      log,
      budget: { maxMessages: 3, maxTokens: 4000 },
    });
    expect(texts(prompt.messages)).toEqual(['m8', 'm9', 'm10']);
  });

  it('stays within the token budget, but for the newest message', () => {
    const long = 'x'.repeat(300);
    const budget = { maxMessages: 40, maxTokens: estimateTokens(long) * 2 };
    const log = [said(1, long), said(2, long), said(3, long)];
    expect(buildPrompt({ systemPrompt: '', channel: 'sms', log, budget }).messages).toHaveLength(2);
    const tight = { maxMessages: 40, maxTokens: 1 };
    expect(buildPrompt({ systemPrompt: '', channel: 'sms', log, budget: tight }).messages).toHaveLength(1);
  });

  it('leaves case, emoji and writing direction alone, and names a message without text', () => {
    const text = 'MiXed 👩‍👩‍👧 שלום  ';
    const prompt = buildPrompt({
      systemPrompt: '',
      channel: 'sms',
      log: [said(1, text), said(2, ' ')],
      budget: ample,
    });
    expect(texts(prompt.messages)).toEqual([text, '(a message without text)']);
  });
});
