import { describe, expect, it } from 'vitest';
import { buildPrompt, estimateTokens, orderBursts, withoutMark, type LoggedMessage } from './context.js';

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

  it('[V-02] reads of speech what was heard, and nothing of what never was', () => {
    const log = [
      said(1, 'When?', { channel: 'voice' }),
      {
        ...answered(2, 'At five, at six and at eight.'),
        channel: 'voice' as const,
        heardText: 'At five, at six',
      },
      said(3, 'Six.', { channel: 'voice' }),
      { ...answered(4, 'Done.'), channel: 'voice' as const, heardText: '' },
      { ...answered(5, 'Anything else?'), channel: 'voice' as const, heardText: 'Anything else?' },
    ];
    const prompt = buildPrompt({ systemPrompt: '', channel: 'voice', log, budget: ample });
    expect(texts(prompt.messages)).toEqual(['When?', 'At five, at six', 'Six.', 'Anything else?']);
    expect(prompt.system).not.toContain('(by');
  });

  it('[V-12] marks what the person said elsewhere, and explains the mark', () => {
    const log = [
      said(1, 'A text', { channel: 'sms' }),
      answered(2, 'Yes'),
      said(3, 'Said', { channel: 'voice' }),
    ];
    const prompt = buildPrompt({ systemPrompt: '', channel: 'voice', log, budget: ample });
    expect(texts(prompt.messages)).toEqual(['(by SMS) A text', 'Yes', 'Said']);
    expect(prompt.system).toContain('marked, as in "(by SMS)"');
    expect(prompt.messages.map(({ text }) => withoutMark(text))).toEqual(['A text', 'Yes', 'Said']);
  });

  it('[V-12] ends with what is still to be answered', () => {
    const log = [
      said(1, 'open 1', { isUnanswered: true }),
      answered(2, 'spoken'),
      said(3, 'said'),
      said(4, 'open 2', { isUnanswered: true }),
    ];
    const prompt = buildPrompt({ systemPrompt: '', channel: 'sms', log, budget: ample });
    expect(texts(prompt.messages)).toEqual(['spoken', 'said', 'open 1', 'open 2']);
  });
});
