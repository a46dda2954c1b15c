import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskCodes, separateCode } from './mask-codes.js';
import { readIntent } from './read-intent.js';

const pending = { isVerificationPending: true };
const idle = { isVerificationPending: false };
const start = (number?: string, by = 'sms') => ({ kind: 'start-verification', number, by });
const send = (text: string, to = '+15550100001') => ({ kind: 'send-message', text, to });
const check = (code?: unknown) => ({ kind: 'check-code', code });

describe('[S-05] [S-06] [S-24] requests that are answered without the model', () => {
  it.each([
    ['verify phone +15550100001', start('+15550100001')],
    ['verify number +15550100001', start('+15550100001')],
    ['VERIFY PHONE +15550100001.', start('+15550100001')],
    ['  verify   phone\n+1 (555) 010-0001 ', start('+15550100001')],
    ['verify my phone number: +1.555.010.0001', start('+15550100001')],
    ['please verify phone +15550100001, please!', start('+15550100001')],
    ['ｖｅｒｉｆｙ phone ＋１５５５０１００００１', start('+15550100001')],
    ['verify phone +١٥٥٥٠١٠٠٠٠١', start('+15550100001')],
    ['verify\u200B phone \u202A+15550100001\u202C', start('+15550100001')],
    ['verify', start()],
    ['Verify!', start()],
    ['voice verify', start(undefined, 'voice')],
    ['Voice verify phone +15550100001', start('+15550100001', 'voice')],
    ['verify phone', { kind: 'unreadable-number' }],
    ['verify phone 5550100001', { kind: 'unreadable-number' }],
    ['verify number +12', { kind: 'unreadable-number' }],
    ['verify phone +1555010000100000', { kind: 'unreadable-number' }],
    ['verify code 123456', check('123456')],
    ['Verify Code: 123 456', check('123456')],
    ['verify code 123-456.', check('123456')],
    ['verify code １２３４５６', check('123456')],
    ['verify code 12345', check()],
    ['verify code 12a456', check()],
    ['show my verified number', { kind: 'show-verified-number' }],
    ['Show me my verified phone number?', { kind: 'show-verified-number' }],
    ['what’s my verified number?', { kind: 'show-verified-number' }],
    ["what's your phone number", { kind: 'show-agent-number' }],
    ['What’s your phone number?', { kind: 'show-agent-number' }],
    ['whats your number', { kind: 'show-agent-number' }],
    ['UNLINK', { kind: 'unlink' }],
    [' Unlink. ', { kind: 'unlink' }],
    ["send message 'Hello' to +15550100001", send('Hello')],
    ['send message "Hello" to +1 555 010 0001', send('Hello')],
    ['Send a text message “Hello there” to +15550100001.', send('Hello there')],
    ['send message ‘it’s fine’ to +15550100001', send("it's fine")],
    ["send message 'say 'hi' to +15550100002' to +15550100001", send("say 'hi' to +15550100002")],
    ["send message 'Hello' to 5550100001", { kind: 'unreadable-message' }],
    ['send message Hello to +15550100001', { kind: 'unreadable-message' }],
    ["send message '' to +15550100001", { kind: 'unreadable-message' }],
    ['send message \'Hello" to +15550100001', { kind: 'unreadable-message' }],
  ])('%j is a request', (text, intent) => {
    expect(readIntent(text, idle)).toEqual(intent);
  });

  it.each([
    'can you verify this for me?',
    'verify this',
    'verify?',
    'verify phone numbers for me',
    'verify the phone of my mother',
    'could you verify phone +15550100001 later',
    'please unlink my account from my bank',
    'unlink?',
    'verify code of conduct for me',
    'verify code compliance',
    'send message to my sister',
    'send my regards',
    'what is your phone number plan?',
    'show my number',
    'STOP',
    '',
    'verify phone '.repeat(40),
  ])('%j is left to the model', (text) => {
    expect(readIntent(text, idle)).toBeUndefined();
  });
});

describe('[S-05] a bare code', () => {
  it.each(['123456', ' 123 456 ', '123-456', '123456.', '１２３４５６', '٣٤٥٦٧٨', '123\u2060456', '①②③④⑤⑥'])(
    '%j is a code while a verification is pending, and otherwise not',
    (text) => {
      expect(readIntent(text, pending)).toEqual(check(expect.stringMatching(/^\d{6}$/)));
      expect(readIntent(text, idle)).toBeUndefined();
    },
  );

  it.each(['12345', '1234567', '12 34 56', '+123456', '123456?', 'my code is 123456', '12a456'])(
    '%j is no bare code',
    (text) => {
      expect(readIntent(text, pending)).toBeUndefined();
    },
  );
});

const decoration = fc.constantFrom('', ' ', '\n', '.', '!', ' .', '\u200B', '\u00A0');
const anyDigits = fc.constantFrom(
  '0123456789',
  '０１２３４５６７８９',
  '٠١٢٣٤٥٦٧٨٩',
  '०१२३४५६७८९',
  '𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗',
);

describe('requests in any spelling', () => {
  it('case, digits of any script, white space and punctuation at the end do not change a request', () => {
    const number = fc.stringMatching(/^[1-9]\d{6,14}$/);
    fc.assert(
      fc.property(number, anyDigits, decoration, fc.boolean(), (digits, script, end, isUpper) => {
        const written = Array.from(digits, (digit) => Array.from(script)[Number(digit)]).join('');
        const text = `verify phone +${written}${end}`;
        const intent = readIntent(isUpper ? text.toUpperCase() : text, idle);
        expect(intent).toEqual(start(`+${digits}`));
      }),
    );
  });

  it('a request to send a message is read with the exact words of the message', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w'"?!,.+ -]{1,80}$/), (words) => {
        fc.pre(words.trim() !== '');
        const text = words.replace(/\s+/g, ' ').trim();
        expect(readIntent(`send message "${text}" to +15550100001`, idle)).toEqual(send(text));
      }),
    );
  });

  it('any text can be read and masked without an error', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.boolean(),
        (text, isVerificationPending) => {
          readIntent(text, { isVerificationPending });
          maskCodes(text);
        },
      ),
    );
  });
});

const whilePending = 'while a verification is pending';
const whileNonePending = 'while no verification is pending';

describe('[S-22] codes in texts', () => {
  it.each([
    ['123456', '******'],
    ['my code is 123 456, thanks', 'my code is ******, thanks'],
    ['１２３４５６', '******'],
    ['①②③④⑤⑥', '******'],
    ['123\u2060456', '******'],
    ['(123-456)', '(******)'],
    ['call +15550100001', 'call +15550100001'],
    ['born 1984, order 1234567', 'born 1984, order 1234567'],
  ])('%j is stored as %j', (text, masked) => {
    expect(maskCodes(text)).toBe(masked);
  });

  it('a text that is read as a code contains no digit after it is masked', () => {
    const written = fc.tuple(
      fc.stringMatching(/^\d{6}$/),
      anyDigits,
      fc.constantFrom('', ' ', '-'),
      decoration,
    );
    fc.assert(
      fc.property(written, ([code, script, between, end]) => {
        const digits = Array.from(code, (digit) => Array.from(script)[Number(digit)]);
        const text = `${digits.slice(0, 3).join('')}${between}${digits.slice(3).join('')}${end}`;
        expect(readIntent(text, pending)).toEqual(check(code));
        expect(maskCodes(text)).not.toMatch(/\p{Nd}/u);
      }),
    );
  });

  it.each([
    ['123456', whilePending, '******', '123456'],
    ['123456', whileNonePending, '123456', undefined],
    ['verify code 123 456', whileNonePending, 'verify code ******', '123456'],
    ['is it 123456 or 654321?', whilePending, 'is it ****** or ******?', undefined],
    ['verify phone +1 555 010 0001', whilePending, 'verify phone +1 555 010 0001', undefined],
    ['hello', whilePending, 'hello', undefined],
  ])('%j %s is stored as %j', (text, when, stored, code) => {
    expect(separateCode(text, when === whilePending)).toEqual({ text: stored, code });
  });
});
