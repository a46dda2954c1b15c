import { describe, expect, it } from 'vitest';
import { MAX_ANSWER_CHARS, raisesStatus, readAnswer, storableText } from './index.js';

describe('readAnswer', () => {
  it.each(['', '  \n', 'OK', ' OK\n'])('takes %j for "no reply"', (text) => {
    expect(readAnswer(text)).toEqual({ kind: 'no-reply' });
  });

  it.each([
    ['  Yes. \n', 'Yes.'],
    ['ok', 'ok'],
    ['OK!', 'OK!'],
  ])('says %j as %j', (text, reply) => {
    expect(readAnswer(text)).toEqual({ kind: 'reply', text: reply });
  });

  it('[S-20] cuts what is too long, at the end of a word', () => {
    const longest = 'x'.repeat(MAX_ANSWER_CHARS);
    expect(readAnswer(longest)).toEqual({ kind: 'reply', text: longest });
    const { text } = readAnswer('word '.repeat(4_000)) as { text: string };
    expect(text.length).toBeLessThanOrEqual(MAX_ANSWER_CHARS);
    expect(text.endsWith('word word ...')).toBe(true);
  });

  it('cuts a word without end between characters', () => {
    const { text } = readAnswer(`x${'😀'.repeat(MAX_ANSWER_CHARS)}`) as { text: string };
    expect(text).toMatch(/^x(?:😀)+ \.\.\.$/u);
  });
});

describe('raisesStatus', () => {
  it('only ever rises', () => {
    expect(raisesStatus('queued', 'sent')).toBe(true);
    expect(raisesStatus('sent', 'delivered')).toBe(true);
    expect(raisesStatus('delivered', 'sent')).toBe(false);
    expect(raisesStatus('delivered', 'delivered')).toBe(false);
    expect(raisesStatus('unconfirmed', 'sent')).toBe(true);
    expect(raisesStatus('sent', 'unconfirmed')).toBe(false);
    expect(raisesStatus('sent', 'undelivered')).toBe(true);
    expect(raisesStatus('undelivered', 'delivered')).toBe(false);
    expect(raisesStatus('undelivered', 'failed')).toBe(false);
  });
});

describe('storableText', () => {
  it('removes only what cannot be stored', () => {
    expect(storableText('a\u0000b\uD83D')).toBe('ab\uFFFD');
    expect(storableText('Ärger 👋🏽 مرحبا')).toBe('Ärger 👋🏽 مرحبا');
  });
});
