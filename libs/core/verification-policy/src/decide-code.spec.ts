import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPumped } from './conversion.js';
import { type CodeRequest, decideCode } from './decide-code.js';
import { EMPTY_LADDER, type Ladder } from './resend-ladder.js';
import { type CodeCounts, WINDOWS, windowMs, windowStartMs } from './send-limits.js';
import { defaultVerificationPolicy, LIMIT_KINDS, type VerificationPolicy } from './verification-policy.js';

const MINUTE_MS = 60_000;
const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const policy: VerificationPolicy = { ...defaultVerificationPolicy, voiceAfterMs: MINUTE_MS };

const noCounts = Object.fromEntries(LIMIT_KINDS.map((kind) => [kind, { hour: 0, day: 0 }])) as CodeCounts;
const request = (more: Partial<CodeRequest> = {}): CodeRequest => ({
  channel: 'sms',
  ladder: EMPTY_LADDER,
  counts: noCounts,
  conversions: { approved: 0, ended: 0 },
  ...more,
});

/** Asks for a code every second, and returns the minutes at which one was sent. */
function sentAtMinutes(channels: readonly ('sms' | 'voice')[], forMinutes: number): string[] {
  let ladder: Ladder = EMPTY_LADDER;
  const sent: string[] = [];
  for (let nowMs = NOW_MS; nowMs <= NOW_MS + forMinutes * MINUTE_MS; nowMs += 1_000) {
    for (const channel of channels) {
      const decision = decideCode(request({ channel, ladder }), nowMs, policy);
      if (decision.kind !== 'send') continue;
      ({ ladder } = decision);
      sent.push(`${channel} ${(nowMs - NOW_MS) / MINUTE_MS}`);
    }
  }
  return sent;
}

describe('the resend ladder', () => {
  it('codes may be sent again after 1, 2, 5 and 10 minutes, and every 10 minutes after that', () => {
    expect(sentAtMinutes(['sms'], 40)).toEqual([
      'sms 0',
      'sms 1',
      'sms 3',
      'sms 8',
      'sms 18',
      'sms 28',
      'sms 38',
    ]);
  });

  it('a call may bring the code one minute after the first SMS, and then shares the pauses', () => {
    expect(sentAtMinutes(['voice', 'sms'], 10)).toEqual(['sms 0', 'voice 1', 'voice 3', 'voice 8']);
  });

  it('a code is never sent by a call first, nor without calls', () => {
    expect(decideCode(request({ channel: 'voice' }), NOW_MS, policy)).toMatchObject({ reason: 'no-voice' });
    const ladder = { sent: 1, firstSmsAtMs: NOW_MS - 5 * MINUTE_MS, lastSentAtMs: NOW_MS - 5 * MINUTE_MS };
    expect(decideCode(request({ channel: 'voice', ladder }), NOW_MS, defaultVerificationPolicy)).toEqual({
      kind: 'refuse',
      reason: 'no-voice',
    });
  });

  it('a code that is asked for too early waits for its time, even when a limit is reached too', () => {
    const ladder = { sent: 1, firstSmsAtMs: NOW_MS - 1, lastSentAtMs: NOW_MS - 1 };
    const counts = { ...noCounts, number: { hour: 100, day: 100 } };
    expect(decideCode(request({ ladder, counts }), NOW_MS, policy)).toEqual({
      kind: 'wait',
      reason: 'too-early',
      untilMs: NOW_MS - 1 + MINUTE_MS,
    });
  });

  it('the ladder begins again an hour after the last code', () => {
    const ladder = { sent: 4, firstSmsAtMs: 0, lastSentAtMs: NOW_MS };
    const after = (ms: number) => decideCode(request({ ladder }), NOW_MS + ms, policy);
    expect(after(10 * MINUTE_MS)).toMatchObject({ ladder: { sent: 5 } });
    expect(after(60 * MINUTE_MS)).toMatchObject({
      ladder: { sent: 1, firstSmsAtMs: NOW_MS + 60 * MINUTE_MS },
    });
  });

  it('two codes are never closer than the first pause, whenever and however they are asked for', () => {
    const asked = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 2 * 3_600_000 }), fc.constantFrom('sms' as const, 'voice' as const)),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(asked, (requests) => {
        let ladder: Ladder = EMPTY_LADDER;
        let lastMs = -Infinity;
        for (const [afterMs, channel] of requests.toSorted(([a], [b]) => a - b)) {
          const nowMs = NOW_MS + afterMs;
          const decision = decideCode(request({ channel, ladder }), nowMs, policy);
          if (decision.kind === 'wait') expect(decision.untilMs).toBeGreaterThan(nowMs);
          if (decision.kind !== 'send') continue;
          expect(nowMs - lastMs).toBeGreaterThanOrEqual(MINUTE_MS);
          lastMs = nowMs;
          ({ ladder } = decision);
        }
      }),
    );
  });
});

describe('the limits of codes', () => {
  const cases = LIMIT_KINDS.flatMap((kind) => WINDOWS.map((window) => [kind, window] as const));
  const maxOf = (kind: (typeof LIMIT_KINDS)[number], window: (typeof WINDOWS)[number]) =>
    window === 'hour' ? policy.limits[kind].perHour : policy.limits[kind].perDay;

  it.each(cases)(
    'the %s limit of a %s allows its last code, and no further one until the window ends',
    (kind, window) => {
      const used = (count: number) => ({ ...noCounts, [kind]: { ...noCounts[kind], [window]: count } });
      const max = maxOf(kind, window);
      expect(decideCode(request({ counts: used(max - 1) }), NOW_MS, policy)).toMatchObject({ kind: 'send' });
      expect(decideCode(request({ counts: used(max) }), NOW_MS, policy)).toEqual({
        kind: 'wait',
        reason: 'limit',
        limit: kind,
        untilMs: windowStartMs(window, NOW_MS) + windowMs[window],
      });
    },
  );

  it('no window of any limit ever holds more codes than its limit, however many are asked for', () => {
    const asked = fc.array(fc.integer({ min: 0, max: 36 * 60 }), { maxLength: 300 });
    const limits = Object.fromEntries(
      LIMIT_KINDS.map((kind, index) => [kind, { perHour: 2 + index, perDay: 6 + index }]),
    ) as VerificationPolicy['limits'];
    fc.assert(
      fc.property(asked, (minutes) => {
        const sent = new Map<string, number>();
        const keyOf = (window: (typeof WINDOWS)[number], ms: number) =>
          `${window} ${windowStartMs(window, ms)}`;
        for (const minute of minutes.toSorted((a, b) => a - b)) {
          const nowMs = NOW_MS + minute * MINUTE_MS;
          const now = {
            hour: sent.get(keyOf('hour', nowMs)) ?? 0,
            day: sent.get(keyOf('day', nowMs)) ?? 0,
          };
          const counts = Object.fromEntries(LIMIT_KINDS.map((kind) => [kind, now])) as CodeCounts;
          if (decideCode(request({ counts }), nowMs, { ...policy, limits }).kind !== 'send') continue;
          for (const window of WINDOWS) sent.set(keyOf(window, nowMs), now[window] + 1);
        }
        for (const [key, count] of sent) expect(count).toBeLessThanOrEqual(key.startsWith('hour') ? 2 : 6);
      }),
    );
  });

  it('of several limits the one that ends last says when to try again', () => {
    const counts = { ...noCounts, number: { hour: 5, day: 5 }, client: { hour: 20, day: 60 } };
    expect(decideCode(request({ counts }), NOW_MS, policy)).toMatchObject({
      limit: 'client',
      untilMs: Date.UTC(2026, 0, 3),
    });
  });
});

describe('the conversion of a prefix', () => {
  it('a prefix whose codes are hardly ever typed gets no codes until the next hour', () => {
    const conversions = { approved: 3, ended: 40 };
    expect(decideCode(request({ conversions }), NOW_MS, policy)).toEqual({
      kind: 'wait',
      reason: 'conversion',
      untilMs: Date.UTC(2026, 0, 2, 4),
    });
  });

  it.each([
    [0, 39, false],
    [0, 40, true],
    [3, 40, true],
    [4, 40, false],
    [40, 40, false],
  ])('a prefix with %i approved of %i ended verifications is pumped: %s', (approved, ended, expected) => {
    expect(isPumped({ approved, ended }, policy.conversion)).toBe(expected);
  });
});
