import type { SendId } from '@parley/kernel';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeliveryChange, DeliveryEvent } from './delivery-event.js';
import type { DeliveryStatus } from './delivery-status.js';
import type { SendAttempt, SendStatus } from './send-attempt.js';
import { stepDelivery } from './step-delivery.js';

const NOW_MS = 1_000_000;
const times = { sendListMs: 60_000, sendListAgainMs: 300_000, sendRetryMs: 300_000, partWaitMs: 10_000 };
const id = (name: string) => `snd_${name}` as SendId;

function attempt(more: Partial<SendAttempt> = {}): SendAttempt {
  return {
    id: id('1'),
    part: 1,
    retryOf: undefined,
    status: 'SENDING',
    claims: 1,
    providerSid: undefined,
    delivery: { status: undefined, errorCode: undefined },
    reason: undefined,
    isFollowUpPlanned: false,
    listings: 0,
    absences: 0,
    verdict: undefined,
    validUntilMs: NOW_MS + 3_600_000,
    isOptOutConfirmation: false,
    isSentOnce: false,
    ...more,
  };
}

const accepted = (status: DeliveryStatus | undefined = 'queued', more: Partial<SendAttempt> = {}) =>
  attempt({ status: 'ACCEPTED', providerSid: 'SM1', delivery: { status, errorCode: undefined }, ...more });
const failedAt = (errorCode: string, more: Partial<SendAttempt> = {}) =>
  accepted('undelivered', { delivery: { status: 'undelivered', errorCode }, ...more });
const unknown = (more: Partial<SendAttempt> = {}) =>
  attempt({ status: 'UNKNOWN', isFollowUpPlanned: true, ...more });
const waiting = (part: number) => attempt({ id: id(String(part)), part, status: 'PENDING', claims: 0 });

const claimed = { id: id('1'), claims: 1 } as const;
const took = { kind: 'accepted', ...claimed, providerSid: 'SM1', providerStatus: 'queued' } as const;
const refused = (errorCode: string) => ({ kind: 'rejected', ...claimed, errorCode }) as const;
const lost = { kind: 'outcome-lost', ...claimed, detail: 'DEADLINE' } as const;
const report = (
  status: DeliveryStatus,
  errorCode?: string,
  of: Partial<{ id: SendId; providerSid: string }> = {},
) => ({ kind: 'reported', id: id('1'), providerSid: 'SM1', status, errorCode, ...of }) as const;
const notListed = (
  finding: 'absent' | 'ambiguous',
  listings: number,
  consent: 'given' | 'opted-out' = 'given',
) => ({ kind: 'not-listed', id: id('1'), listings, finding, consent }) as const;
const retryDue = (consent: 'given' | 'opted-out' = 'given') =>
  ({ kind: 'retry-due', id: id('1'), consent }) as const;

const step = (attempts: readonly SendAttempt[], event: DeliveryEvent) =>
  stepDelivery(attempts, event, NOW_MS, times);

function changeAfter(attempts: readonly SendAttempt[], event: DeliveryEvent): DeliveryChange {
  const result = step(attempts, event);
  if (result.kind === 'ignore') throw new Error(`the event was ignored: ${result.reason}`);
  return result;
}

/** A row of the table: the first attempt's status after an event, and what is published. */
interface Row {
  readonly from: readonly SendAttempt[];
  readonly event: DeliveryEvent;
  readonly status: SendStatus;
  readonly published?: string | undefined;
  readonly more?: Partial<DeliveryChange>;
}

const rows: readonly (readonly [string, Row])[] = [
  ['an accepted attempt publishes nothing yet', { from: [attempt()], event: took, status: 'ACCEPTED' }],
  ['a late acceptance decides an unknown outcome', { from: [unknown()], event: took, status: 'ACCEPTED' }],
  [
    'a late acceptance does not undo the verdict of a reconciliation',
    { from: [unknown({ verdict: 'absent', isFollowUpPlanned: false })], event: took, status: 'UNKNOWN' },
  ],
  [
    'a refusal fails the message with the vendor’s error code',
    { from: [attempt()], event: refused('30007'), status: 'REJECTED', published: 'failed 30007' },
  ],
  [
    'a refusal for an opt-out blocks the line for this person',
    {
      from: [attempt()],
      event: refused('21610'),
      status: 'REJECTED',
      published: 'failed 21610',
      more: { isBlocked: true },
    },
  ],
  [
    'an attempt that may not be sent any more fails with our reason',
    {
      from: [attempt()],
      event: { kind: 'rejected', ...claimed, reason: 'expired' },
      status: 'REJECTED',
      published: 'failed expired',
    },
  ],
  [
    'a late refusal rejects an attempt that is still being reconciled',
    { from: [unknown()], event: refused('30007'), status: 'REJECTED', published: 'failed 30007' },
  ],
  [
    'a postponed attempt waits for its next claim',
    { from: [attempt()], event: { kind: 'postponed', ...claimed, delayMs: 2_000 }, status: 'PENDING' },
  ],
  [
    'a lost outcome is published as unconfirmed',
    { from: [attempt()], event: lost, status: 'UNKNOWN', published: 'unconfirmed outcome-unknown' },
  ],
  [
    'a lost outcome fails a message that has later parts',
    {
      from: [attempt(), waiting(2)],
      event: lost,
      status: 'UNKNOWN',
      published: 'failed outcome-unknown',
    },
  ],
  [
    'a first report proves that the vendor took an attempt that is being sent',
    { from: [attempt()], event: report('queued'), status: 'ACCEPTED' },
  ],
  [
    'the report "sent" is published',
    { from: [accepted()], event: report('sent'), status: 'ACCEPTED', published: 'sent' },
  ],
  [
    'a status report settles an unknown outcome',
    { from: [unknown()], event: report('delivered'), status: 'ACCEPTED', published: 'delivered' },
  ],
  [
    'a status report settles an attempt with the verdict absent',
    {
      from: [unknown({ verdict: 'absent', isFollowUpPlanned: false })],
      event: report('delivered'),
      status: 'ACCEPTED',
      published: 'delivered',
    },
  ],
  [
    'a temporary failure is not published before its repetition',
    { from: [accepted('sent')], event: report('undelivered', '30003'), status: 'ACCEPTED' },
  ],
  [
    'the failure of a text that may have been delivered is final',
    {
      from: [accepted('sent')],
      event: report('undelivered', '30008'),
      status: 'ACCEPTED',
      published: 'undelivered 30008',
    },
  ],
  [
    'a report of delivery overrides a failure',
    { from: [failedAt('30008')], event: report('delivered'), status: 'ACCEPTED', published: 'delivered' },
  ],
  [
    'a report of delivery cancels the planned repetition',
    {
      from: [failedAt('30003', { isFollowUpPlanned: true })],
      event: report('delivered'),
      status: 'ACCEPTED',
      published: 'delivered',
    },
  ],
  [
    'a report of delivery removes a repetition that waits in the queue',
    {
      from: [failedAt('30003'), attempt({ id: id('again'), status: 'PENDING', retryOf: id('1') })],
      event: report('delivered'),
      status: 'ACCEPTED',
      published: 'delivered',
      more: { withdrawn: id('again'), wakesQueue: true },
    },
  ],
  [
    'a report of delivery does not remove a repetition that is being sent',
    {
      from: [failedAt('30003'), attempt({ id: id('again'), retryOf: id('1') })],
      event: report('delivered'),
      status: 'ACCEPTED',
      published: 'delivered',
      more: { withdrawn: undefined },
    },
  ],
  [
    'a late error code is published, and plans no repetition',
    {
      from: [accepted('undelivered')],
      event: report('undelivered', '30003'),
      status: 'ACCEPTED',
      published: 'undelivered 30003',
    },
  ],
  [
    'a repetition that could not be delivered is not repeated',
    {
      from: [failedAt('30003', { id: id('0'), providerSid: 'SM0' }), accepted('sent', { retryOf: id('0') })],
      event: report('undelivered', '30003'),
      status: 'ACCEPTED',
      published: 'undelivered 30003',
    },
  ],
  [
    'a report of delivery publishes nothing while another part is only sent',
    {
      from: [
        failedAt('30003'),
        attempt({ id: id('again'), status: 'PENDING', retryOf: id('1') }),
        accepted('sent', { id: id('2'), part: 2, providerSid: 'SM2' }),
      ],
      event: report('delivered'),
      status: 'ACCEPTED',
      more: { withdrawn: id('again') },
    },
  ],
  [
    'an absent part of a failed message is not repeated',
    {
      from: [
        unknown({ listings: 1, absences: 1 }),
        attempt({ id: id('2'), part: 2, status: 'REJECTED', claims: 0 }),
      ],
      event: notListed('absent', 1),
      status: 'UNKNOWN',
    },
  ],
  [
    'one list without the text allows no repetition',
    { from: [unknown()], event: notListed('absent', 0), status: 'UNKNOWN' },
  ],
  [
    'a second list without the text allows one repetition',
    {
      from: [unknown({ listings: 1, absences: 1 })],
      event: notListed('absent', 1),
      status: 'UNKNOWN',
      more: { isRepeated: true, wakesQueue: true },
    },
  ],
  [
    'an ambiguous second list fails the message with outcome-unknown',
    {
      from: [unknown({ listings: 1, absences: 1 })],
      event: notListed('ambiguous', 1),
      status: 'UNKNOWN',
      published: 'failed outcome-unknown',
    },
  ],
  [
    'a repetition is not repeated',
    {
      from: [
        unknown({ id: id('0'), verdict: 'absent', isFollowUpPlanned: false }),
        unknown({ retryOf: id('0'), listings: 1, absences: 1 }),
      ],
      event: notListed('absent', 1),
      status: 'UNKNOWN',
      published: 'failed not-accepted',
    },
  ],
  [
    'nothing is repeated for a person who opted out',
    {
      from: [unknown({ listings: 1, absences: 1 })],
      event: notListed('absent', 1, 'opted-out'),
      status: 'UNKNOWN',
      published: 'failed opted-out',
    },
  ],
  [
    'a planned repetition is queued when it is due',
    {
      from: [failedAt('30003', { isFollowUpPlanned: true })],
      event: retryDue(),
      status: 'ACCEPTED',
      more: { isRepeated: true, wakesQueue: true },
    },
  ],
  [
    'after an opt-out a planned repetition is dropped and the carrier’s failure published',
    {
      from: [failedAt('30003', { isFollowUpPlanned: true })],
      event: retryDue('opted-out'),
      status: 'ACCEPTED',
      published: 'undelivered 30003',
    },
  ],
];

describe('stepDelivery', () => {
  it.each(rows)('the delivery of a text: %s', (_, { from, event, status, published, more }) => {
    const change = changeAfter(from, event);
    const { attempt: after } = change.changed.find((each) => each.attempt.id === id('1'))!;
    expect(after.status).toBe(status);
    const shown = change.status && [change.status.status, change.status.errorCode ?? change.reason];
    expect(shown?.filter((word) => word !== undefined).join(' ')).toBe(published);
    expect(change).toMatchObject({ isRepeated: false, isBlocked: false, ...more });
  });

  it.each<[string, readonly SendAttempt[], DeliveryEvent, string]>([
    ['an answer to an older claim', [attempt({ claims: 2 })], took, 'outdated'],
    ['a refusal of an older claim', [attempt({ claims: 2 })], refused('30007'), 'outdated'],
    ['a lost outcome of an older claim', [attempt({ claims: 2 })], lost, 'outdated'],
    [
      'a postponement by an older claim',
      [attempt({ claims: 2 })],
      { kind: 'postponed', ...claimed, delayMs: 0 },
      'outdated',
    ],
    ['a refusal of a reported attempt', [accepted()], refused('30007'), 'outdated'],
    ['a lost outcome of a reported attempt', [accepted()], lost, 'outdated'],
    ['an answer to a reported attempt', [accepted()], took, 'outdated'],
    [
      'a refusal of an attempt whose outcome was decided',
      [unknown({ verdict: 'ambiguous', isFollowUpPlanned: false })],
      refused('30007'),
      'outdated',
    ],
    [
      'a list that another replica has already read',
      [unknown({ listings: 1 })],
      notListed('absent', 0),
      'outdated',
    ],
    [
      'a list without an attempt that has been reported since',
      [accepted()],
      notListed('absent', 0),
      'outdated',
    ],
    ['a repetition that was cancelled', [accepted('delivered')], retryDue(), 'outdated'],
    [
      'a report of another text',
      [accepted()],
      report('delivered', undefined, { providerSid: 'SM2' }),
      'contradiction',
    ],
    ['a report of a refused text', [attempt({ status: 'REJECTED' })], report('delivered'), 'contradiction'],
    ['the same report again', [accepted('sent')], report('sent'), 'no-change'],
    ['a failure after the delivery', [accepted('delivered')], report('undelivered', '30003'), 'no-change'],
    [
      'a report of an unknown message',
      [accepted()],
      report('sent', undefined, { id: id('x'), providerSid: 'SM2' }),
      'no-such-attempt',
    ],
  ])('stepDelivery ignores %s', (_, from, event, reason) => {
    expect(step(from, event)).toMatchObject({ kind: 'ignore', reason });
  });

  it('no repetition is planned for a send attempt that was repeated already', () => {
    const again = attempt({ id: id('again'), retryOf: id('1') });
    const [first] = changeAfter([accepted('sent'), again], report('undelivered', '30003')).changed;
    expect(first!.attempt.isFollowUpPlanned).toBe(false);
  });

  it.each([
    ['absent', 1],
    ['ambiguous', 0],
  ] as const)('a first list with the finding %s counts as %i proofs of absence', (finding, absences) => {
    const [first] = changeAfter([unknown()], notListed(finding, 0)).changed;
    expect(first!.attempt).toMatchObject({ listings: 1, absences });
  });

  it('a status report without our id finds its send attempt by the SID', () => {
    const event = { ...report('sent'), id: undefined };
    expect(changeAfter([accepted()], event)).toMatchObject({ id: id('1'), status: { status: 'sent' } });
  });
});

describe('stepDelivery: the part after an attempt', () => {
  const dueIn = (change: DeliveryChange, part: number) =>
    change.changed.find((each) => each.attempt.id === id(String(part)))?.dueInMs;

  it.each<[string, DeliveryEvent, number]>([
    ['is due in ten seconds when Twilio accepts the part before', took, times.partWaitMs],
    [
      'is due in ten seconds when the part before is reported as sending',
      report('sending'),
      times.partWaitMs,
    ],
    ['is due at once when the carrier has the part before', report('sent'), 0],
    ['is due at once when the part before was delivered', report('delivered'), 0],
  ])('the next part of a text %s', (_, event, ms) => {
    const change = changeAfter([attempt(), waiting(2), waiting(3)], event);
    expect([dueIn(change, 2), dueIn(change, 3)]).toEqual([ms, undefined]);
    expect(change.wakesQueue).toBe(true);
  });

  it.each<[string, DeliveryEvent]>([
    ['refused', refused('30007')],
    ['lost', lost],
    ['undelivered', report('undelivered', '30003')],
  ])('the later parts of a text are rejected after a part that is %s', (_, event) => {
    const { changed } = changeAfter([attempt(), waiting(2), waiting(3)], event);
    expect(changed.slice(1).map(({ attempt: each }) => [each.part, each.status, each.reason])).toEqual([
      [2, 'REJECTED', 'earlier-part-failed'],
      [3, 'REJECTED', 'earlier-part-failed'],
    ]);
  });
});

describe('stepDelivery: the follow-up', () => {
  it.each<[string, readonly SendAttempt[], DeliveryEvent, number | undefined]>([
    ['a lost outcome is looked up in the first list after a minute', [attempt()], lost, times.sendListMs],
    [
      'an absent send is looked up in the second list four minutes later',
      [unknown()],
      notListed('absent', 0),
      times.sendListAgainMs - times.sendListMs,
    ],
    [
      'a temporary failure is repeated after five minutes',
      [accepted('sent')],
      report('undelivered', '30003'),
      times.sendRetryMs,
    ],
    ['nothing follows a delivery', [unknown()], report('delivered'), undefined],
  ])('the follow-up of a send: %s', (_, from, event, ms) => {
    const [first] = changeAfter(from, event).changed;
    expect(first!.followUpInMs).toBe(ms);
    expect(first!.attempt.isFollowUpPlanned).toBe(ms !== undefined);
  });
});

it('a message is repeated at most once and its status never falls, whatever the order of events', () => {
  const rank = { unconfirmed: 1, sent: 2, failed: 3, undelivered: 3, delivered: 4, read: 5 };
  const anyReport = fc
    .record({
      status: fc.constantFrom<DeliveryStatus>(
        'queued',
        'sending',
        'sent',
        'undelivered',
        'failed',
        'delivered',
      ),
      errorCode: fc.constantFrom(undefined, '30003', '30008'),
    })
    .map(({ status, errorCode }) => report(status, errorCode));
  const anyEvent = fc.oneof(
    anyReport,
    fc.constantFrom<DeliveryEvent>(took, lost, retryDue(), refused('30007')),
  );
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 12 }), (events) => {
      let attempts: readonly SendAttempt[] = [attempt()];
      const published: number[] = [];
      let repetitions = 0;
      for (const event of events) {
        const result = step(attempts, event);
        if (result.kind === 'ignore') continue;
        const after = new Map(result.changed.map((each) => [each.attempt.id, each.attempt]));
        attempts = attempts
          .filter((each) => each.id !== result.withdrawn)
          .map((each) => after.get(each.id) ?? each);
        if (result.status) published.push(rank[result.status.status]);
        if (result.isRepeated) {
          repetitions += 1;
          attempts = [
            ...attempts,
            attempt({ id: id('again'), retryOf: id('1'), status: 'PENDING', claims: 0 }),
          ];
        }
      }
      expect(repetitions).toBeLessThanOrEqual(1);
      expect(published).toEqual(published.toSorted((one, other) => one - other));
    }),
  );
});

describe('[S-07] a text that is sent once', () => {
  const once = { isSentOnce: true } as const;

  it('a text that is sent once is not repeated when no list shows it', () => {
    const attempts = [unknown({ ...once, listings: 1, absences: 1 })];
    const { changed, isRepeated } = changeAfter(attempts, notListed('absent', 1));
    expect(isRepeated).toBe(false);
    expect(changed).toMatchObject([{ attempt: { verdict: 'absent', reason: 'not-accepted' } }]);
  });

  it('a text that is sent once is not repeated after a temporary failure', () => {
    const { changed, status } = changeAfter([accepted('sent', once)], report('undelivered', '30003'));
    expect(changed).toMatchObject([{ attempt: { isFollowUpPlanned: false } }]);
    expect(status).toMatchObject({ status: 'undelivered' });
  });
});
