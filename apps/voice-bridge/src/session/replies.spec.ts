import type { VoiceTurnEnd } from '@parley/contracts';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { AgentClient, type ReplyOutcome, type TurnRequest } from './agent-client.js';
import { Replies } from './replies.js';

/** The pause between two attempts takes no time in this spec. */
vi.mock('node:timers/promises', () => ({ setTimeout: () => Promise.resolve() }));

interface Attempt {
  readonly turnNo: number;
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
  readonly end: (outcome: ReplyOutcome) => void;
}

/** Holds every attempt open until a test ends it; each may send text at any time. */
class HeldAgentClient extends AgentClient {
  readonly attempts: Attempt[] = [];

  requestReply(
    { turnNo, attempt }: TurnRequest,
    onText: (text: string) => void,
    signal: AbortSignal,
  ): Promise<ReplyOutcome> {
    return new Promise((end) => {
      this.attempts.push({ turnNo, attempt, signal, say: onText, end });
    });
  }

  reportAlive(): void {}
}

const failed = (isRetryable: boolean): ReplyOutcome => ({
  kind: 'failed',
  reason: 'lost',
  isRetryable,
});
const ended: ReplyOutcome = { kind: 'ended', end: {} as VoiceTurnEnd };

/** `which` counts back from the newest attempt. */
const step = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ kind: 'start' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'cancel' as const }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('say' as const), which: fc.nat(2) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      which: fc.nat(2),
      outcome: fc.constantFrom(ended, failed(true), failed(false)),
    }),
  },
);

it("[V-02] [V-04] in any order of events, only text of the current turn's newest attempt is passed on, and every turn ends at most once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const client = new HeldAgentClient();
      const heard: { turnNo: number; text: string }[] = [];
      const over: number[] = [];
      const replies = new Replies(client, {
        reply: (event) => {
          if (event.kind === 'reply-text') heard.push({ turnNo: event.turnNo, text: event.text });
          else if (event.kind !== 'reply-restarted') over.push(event.turnNo);
        },
        ended: () => undefined,
        failed: () => undefined,
      });
      const done = new Set<Attempt>();
      let turnNo = 0;
      let isOpen = false;
      for (const [at, one] of steps.entries()) {
        const newest = client.attempts.at(-1);
        switch (one.kind) {
          case 'start':
            turnNo += 1;
            isOpen = true;
            replies.start(turnNo, (attempt) => ({ turnNo, attempt }) as unknown as TurnRequest);
            break;
          case 'cancel':
            replies.cancel(turnNo);
            isOpen = false;
            break;
          case 'say': {
            const attempt = client.attempts.at(-1 - one.which);
            attempt?.say(`${at}`);
            const isPlayable = attempt !== undefined && attempt === newest && isOpen && !done.has(attempt);
            expect(heard.at(-1)?.text === `${at}`).toBe(isPlayable);
            break;
          }
          case 'end': {
            const attempt = client.attempts.at(-1 - one.which);
            attempt?.end(one.outcome);
            if (attempt) done.add(attempt);
            break;
          }
        }
        await settle();
        if (over.includes(turnNo)) isOpen = false;
        expect(new Set(over).size).toBe(over.length);
      }
    }),
    { numRuns: 300 },
  );
});

/** Waits until all settled promises have been handled. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
