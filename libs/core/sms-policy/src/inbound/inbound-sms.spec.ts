import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Consent, decideInboundSms, type InboundText, type OptOutHandling } from './inbound-sms.js';

const situation = {
  ownNumbers: new Set(['+15550009999']),
  consent: 'given',
  optOutHandling: 'default',
} as const;
const person = '+15550100001';
const to = '+15550009999';

describe('an inbound text', () => {
  it('an inbound text is forwarded to the agent', () => {
    expect(decideInboundSms({ from: person, to, text: 'Hello', mediaCount: 0 }, situation)).toEqual({
      kind: 'forward',
      from: person,
      to,
    });
  });

  it.each([
    'whatsapp:+15550100001',
    'messenger:123',
    'PARLEY',
    '12345',
    '',
    '15550100001',
    '+12345',
    '+0123456789',
    '+1234567890123456',
    '+Restricted',
    '+',
    // ANONYMOUS, typed on a telephone keypad.
    '+266696687',
  ])('a text from %j is ignored, because we cannot text that sender', (from) => {
    expect(decideInboundSms({ from, to, text: 'Hello', mediaCount: 0 }, situation)).toEqual({
      kind: 'ignore',
      reason: 'unsupported-sender',
    });
  });

  it('a text to a recipient that is not a phone number is ignored', () => {
    expect(
      decideInboundSms({ from: person, to: 'whatsapp:+15550009999', text: 'Hi', mediaCount: 0 }, situation),
    ).toEqual({ kind: 'ignore', reason: 'unsupported-sender' });
  });

  it('a text from one of our own lines is ignored', () => {
    expect(decideInboundSms({ from: '+15550009999', to, text: 'Hello', mediaCount: 0 }, situation)).toEqual({
      kind: 'ignore',
      reason: 'own-number',
    });
  });

  it.each([
    '\u200b',
    '\u200b \ufeff\u2060',
    '\u00ad',
    '\u2800',
    '\u3164',
    '\ufe0f',
    '\u0000',
    '\u202e\u202c',
  ])('a text of only %j is ignored as empty, because it is invisible', (text) => {
    expect(decideInboundSms({ from: person, to, text, mediaCount: 0 }, situation)).toEqual({
      kind: 'ignore',
      reason: 'empty',
    });
  });

  it.each(['\u200b?', '👍🏽', '👩‍🚀', '\uf8ff', '.', '\u{1fb00}'])(
    'the text %j is forwarded, because it is visible',
    (text) => {
      expect(decideInboundSms({ from: person, to, text, mediaCount: 0 }, situation).kind).toBe('forward');
    },
  );

  it('a text is ignored as empty only if it has neither words nor media', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^[ \t\n\r]*$/)),
        fc.nat({ max: 10 }),
        (text, mediaCount) => {
          const decision = decideInboundSms({ from: person, to, text, mediaCount }, situation);
          expect(decision.kind === 'ignore').toBe(/^\s*$/u.test(text) && mediaCount === 0);
        },
      ),
    );
  });
});

describe('a bare keyword', () => {
  const text = (body: string, more: Partial<InboundText> = {}) => ({
    from: person,
    to,
    text: body,
    mediaCount: 0,
    ...more,
  });
  const decide = (sms: InboundText, consent: Consent = 'given', optOutHandling: OptOutHandling = 'default') =>
    decideInboundSms(sms, { ...situation, consent, optOutHandling });

  it.each([
    ['STOP', 'opt-out'],
    [' unsubscribe ', 'opt-out'],
    ['Start', 'opt-in'],
    ['help', 'answer'],
  ] as const)('the keyword %j means %s and is answered by the carrier', (body, kind) => {
    expect(decide(text(body))).toEqual({ kind, from: person, to, answeredBy: 'carrier', reply: undefined });
  });

  it.each([
    ['STOP', 'off', 'opt-out', 'stop'],
    ['STOP', 'advanced', 'opt-out', 'stop'],
    ['Stop.', 'default', 'opt-out', 'stop'],
    ['UNSTOP', 'off', 'opt-in', 'start'],
    ['INFO!', 'default', 'answer', 'help'],
  ] as const)(
    'the keyword %j, with the opt-out handling %s, is answered by the gateway',
    (body, handling, kind, reply) => {
      expect(decide(text(body), 'given', handling)).toMatchObject({ kind, answeredBy: 'gateway', reply });
    },
  );

  it.each(['default', 'advanced', 'off'] as const)(
    'a keyword that the carrier marked counts as answered by the carrier, with the opt-out handling %s',
    (handling) => {
      expect(decide(text('ARRET', { optOutType: 'STOP' }), 'given', handling)).toMatchObject({
        kind: 'opt-out',
        answeredBy: 'carrier',
      });
    },
  );

  it('after an opt-out the gateway answers only START', () => {
    expect(decide(text('STOP'), 'opted-out', 'off')).toMatchObject({ kind: 'opt-out', reply: undefined });
    expect(decide(text('HELP'), 'opted-out', 'off')).toMatchObject({ kind: 'answer', reply: undefined });
    expect(decide(text('START'), 'opted-out', 'off')).toMatchObject({ reply: 'start' });
  });

  it('the keyword YES opts a person in only after an opt-out', () => {
    expect(decide(text('Yes'))).toMatchObject({ kind: 'forward' });
    expect(decide(text('Yes'), 'opted-out')).toMatchObject({ kind: 'opt-in' });
  });

  it.each(['Please stop texting me', 'Cancel?', 'help me'])(
    'the text %j is forwarded, because it is not a keyword',
    (body) => {
      expect(decide(text(body))).toMatchObject({ kind: 'forward' });
    },
  );

  it('a keyword from our own line is still ignored', () => {
    expect(decide(text('STOP', { from: '+15550009999' }))).toEqual({ kind: 'ignore', reason: 'own-number' });
  });
});

describe('a text of a person who opted out', () => {
  it('a text from a person who opted out is ignored', () => {
    expect(
      decideInboundSms(
        { from: person, to, text: 'Hello?', mediaCount: 0 },
        { ...situation, consent: 'opted-out' },
      ),
    ).toEqual({ kind: 'ignore', reason: 'opted-out' });
  });
});
