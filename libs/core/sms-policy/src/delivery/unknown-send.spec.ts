import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decideAfterListing,
  findSend,
  isWorthRetry,
  type ListedText,
  type ListingContext,
} from './unknown-send.js';

const LINE = '+15550100000';
const send = { text: 'See you at six.', from: LINE, sinceMs: 1_000 };
const context: ListingContext = { isComplete: true, boundSids: new Set(), rivalTexts: [], hasEarlier: false };
const listed = (more: Partial<ListedText> = {}): ListedText => ({
  providerSid: 'SM1',
  direction: 'outbound',
  from: LINE,
  text: send.text,
  createdAtMs: 2_000,
  ...more,
});

describe('[S-17] findSend', () => {
  it.each([
    ['as it was sent', {}],
    ['with an extra space at its end', { text: `${send.text} ` }],
    ['with the prefix of a trial account', { text: `Sent from your Twilio trial account - ${send.text}` }],
  ])('findSend finds a listed text %s', (_, more) => {
    const message = listed(more);
    expect(findSend(send, [listed({ providerSid: 'SM0', text: 'Another' }), message], context)).toEqual({
      kind: 'found',
      message,
    });
  });

  it.each([
    ['of another line', { from: '+15550100001' }],
    ['that is inbound', { direction: 'inbound' }],
    ['that Twilio itself sent', { direction: 'other' }],
    ['from before the send', { createdAtMs: 999 }],
    ['with other words', { text: 'See you at six. Or seven?' }],
    ['that belongs to another send of ours', { providerSid: 'SM2' }],
  ] as const)('findSend does not find a listed text %s', (_, more) => {
    expect(findSend(send, [listed(more)], { ...context, boundSids: new Set(['SM2']) })).toEqual({
      kind: 'absent',
    });
  });

  it.each([
    ['two texts are equal', [listed(), listed({ providerSid: 'SM2' })], {}, 'equal-texts'],
    [
      'another send with unknown outcome has the same text',
      [listed()],
      { rivalTexts: [send.text] },
      'equal-texts',
    ],
    ['the text is redacted', [listed({ text: '' })], {}, 'redacted'],
    ['another text is redacted', [listed(), listed({ providerSid: 'SM2', text: '' })], {}, 'redacted'],
    ['the list is incomplete', [], { isComplete: false }, 'incomplete'],
    ['the list lacks texts that we know', [], { hasEarlier: true }, 'not-credible'],
  ] as const)('findSend returns ambiguous when %s', (_, messages, more, reason) => {
    expect(findSend(send, [...messages], { ...context, ...more })).toEqual({ kind: 'ambiguous', reason });
  });

  it('findSend never finds a bound text, never chooses between two texts, and never calls a listed text absent', () => {
    const text = fc.constantFrom(send.text, 'Another', '');
    const message = fc.record({
      providerSid: fc.constantFrom('SM1', 'SM2', 'SM3', 'SM4'),
      direction: fc.constantFrom('outbound' as const, 'inbound' as const),
      from: fc.constant(LINE),
      text,
      createdAtMs: fc.constantFrom(500, 2_000),
    });
    const list = fc.uniqueArray(message, { selector: ({ providerSid }) => providerSid });
    fc.assert(
      fc.property(list, fc.subarray(['SM1', 'SM2', 'SM3', 'SM4']), (messages, bound) => {
        const finding = findSend(send, messages, { ...context, boundSids: new Set(bound) });
        const possible = messages.filter(
          (each) =>
            each.direction === 'outbound' &&
            each.createdAtMs >= send.sinceMs &&
            !bound.includes(each.providerSid) &&
            each.text !== 'Another',
        );
        if (finding.kind === 'found') expect(possible).toEqual([finding.message]);
        if (finding.kind === 'absent') expect(possible).toEqual([]);
      }),
    );
  });
});

describe('[S-17] decideAfterListing', () => {
  const may = { kind: 'send', validitySeconds: 60 } as const;
  const soFar = { listings: 1, absences: 1, isRetry: false, hasMessageFailed: false };

  it.each(['absent', 'ambiguous'] as const)(
    'after the finding %s in a first list, the list is read again for a send with unknown outcome',
    (finding) => {
      expect(decideAfterListing(finding, { ...soFar, listings: 0, absences: 0 }, may)).toEqual({
        kind: 'list-again',
      });
    },
  );

  it('a send with unknown outcome that is absent from two lists is repeated', () => {
    expect(decideAfterListing('absent', soFar, may)).toEqual({ kind: 'resend' });
  });

  it.each([
    ['the first list was ambiguous', 'absent', { absences: 0 }, 'ambiguous', 'outcome-unknown'],
    ['the second list is ambiguous', 'ambiguous', {}, 'ambiguous', 'outcome-unknown'],
    ['the send is itself a repetition', 'absent', { isRetry: true }, 'absent', 'not-accepted'],
    ['the message has failed already', 'absent', { hasMessageFailed: true }, 'absent', 'not-accepted'],
  ] as const)(
    'a send with unknown outcome is not repeated after two lists when %s',
    (_, finding, more, verdict, reason) => {
      expect(decideAfterListing(finding, { ...soFar, ...more }, may)).toEqual({
        kind: 'end',
        verdict,
        reason,
      });
    },
  );

  it.each(['expired', 'opted-out'] as const)(
    'a send that is absent from two lists is not repeated if permitSend rejects it as %s',
    (reason) => {
      expect(decideAfterListing('absent', soFar, { kind: 'reject', reason })).toEqual({
        kind: 'end',
        verdict: 'absent',
        reason,
      });
    },
  );
});

describe('[S-16] isWorthRetry', () => {
  const failed = { errorCode: '30003', validUntilMs: 10_000, isRepeated: false, hasUnsentParts: false };

  it.each(['30001', '30003'])(
    'a text that failed with error %s is repeated once, while it is valid and no part of it waits',
    (errorCode) => {
      expect(isWorthRetry({ ...failed, errorCode }, 0, 9_999)).toBe(true);
      expect(isWorthRetry({ ...failed, errorCode }, 0, 10_000)).toBe(false);
      expect(isWorthRetry({ ...failed, errorCode, isRepeated: true }, 0, 1)).toBe(false);
      expect(isWorthRetry({ ...failed, errorCode, hasUnsentParts: true }, 0, 1)).toBe(false);
    },
  );

  it.each(['30008', '30005', '30007', undefined])(
    'a text that failed with error %s is not repeated',
    (errorCode) => {
      expect(isWorthRetry({ ...failed, errorCode }, 0, 1)).toBe(false);
    },
  );
});
