import { describe, expect, it } from 'vitest';
import { MAX_REPLY_CHARS, readReply, statusesBelow, storableText } from './index.js';
import { sms, voice, web } from './testing/some-channels.js';

describe('readReply', () => {
  it.each(['', '  \n', 'OK', ' OK\n'])('the model’s answer %j sends no reply', (text) => {
    expect(readReply(text, sms)).toEqual({ kind: 'no-reply' });
  });

  it.each([
    ['  Yes. \n', 'Yes.'],
    ['ok', 'ok'],
    ['OK!', 'OK!'],
  ])('the model’s answer %j becomes the reply %j', (text, reply) => {
    expect(readReply(text, sms)).toEqual({ kind: 'reply', text: reply });
  });

  it.each([voice, web])(
    'the model’s answer OK is a reply on the $name channel, which has no word for silence',
    (channel) => {
      expect(readReply(' OK\n', channel)).toEqual({ kind: 'reply', text: 'OK' });
      expect(readReply(' \n', channel)).toEqual({ kind: 'no-reply' });
    },
  );

  it('[S-20] a reply that is too long is cut at the end of a word', () => {
    const longest = 'x'.repeat(MAX_REPLY_CHARS);
    expect(readReply(longest, sms)).toEqual({ kind: 'reply', text: longest });
    const { text } = readReply('word '.repeat(4_000), sms) as { text: string };
    expect(text.length).toBeLessThanOrEqual(MAX_REPLY_CHARS);
    expect(text.endsWith('word word ...')).toBe(true);
  });

  it('a reply that is one endless word is cut between characters', () => {
    const { text } = readReply(`x${'😀'.repeat(MAX_REPLY_CHARS)}`, sms) as { text: string };
    expect(text).toMatch(/^x(?:😀)+ \.\.\.$/u);
  });
});

describe('statusesBelow', () => {
  it('a delivery status replaces only lower ones, and only proof of delivery replaces a failure', () => {
    expect(statusesBelow('queued')).toEqual([]);
    expect(statusesBelow('unconfirmed')).toEqual(['queued']);
    expect(statusesBelow('sent')).toEqual(['queued', 'unconfirmed']);
    expect(statusesBelow('failed')).toEqual(['queued', 'unconfirmed', 'sent']);
    expect(statusesBelow('delivered')).toEqual([...statusesBelow('failed'), 'failed', 'undelivered']);
    expect(statusesBelow('read')).toEqual([...statusesBelow('delivered'), 'delivered']);
    expect(statusesBelow('undelivered')).toEqual(statusesBelow('failed'));
  });
});

describe('storableText', () => {
  it('storableText removes or replaces only characters that cannot be stored', () => {
    expect(storableText('a\u0000b\uD83D')).toBe('ab\uFFFD');
    expect(storableText('Ärger 👋🏽 مرحبا')).toBe('Ärger 👋🏽 مرحبا');
  });
});
