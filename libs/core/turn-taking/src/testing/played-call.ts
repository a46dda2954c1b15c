import { CALL_NOT_STARTED, nextTurnDeadlineMs, stepTurn } from '../step-turn.js';
import type { TurnEvent } from '../turn-input.js';
import type { TurnOutput } from '../turn-output.js';
import { DEFAULT_TURN_POLICY, type TurnPolicy } from '../turn-policy.js';
import type { TurnState } from '../turn-state.js';

/** Plays a call event by event, with ticks when they are due. */
export class PlayedCall {
  state: TurnState = CALL_NOT_STARTED;
  nowMs = 0;
  readonly all: TurnOutput[] = [];
  private seen = 0;
  private readonly policy: TurnPolicy;

  constructor(policy: Partial<TurnPolicy> = {}) {
    this.policy = { ...DEFAULT_TURN_POLICY, ...policy };
  }

  /** Moves the clock to this time. */
  until(atMs: number): this {
    for (;;) {
      const dueAtMs = nextTurnDeadlineMs(this.state, this.policy);
      if (dueAtMs === undefined || dueAtMs > atMs) break;
      this.nowMs = Math.max(this.nowMs, dueAtMs);
      this.step({ kind: 'tick' });
    }
    this.nowMs = Math.max(this.nowMs, atMs);
    return this;
  }

  at(atMs: number, ...events: readonly TurnEvent[]): this {
    this.until(atMs);
    for (const event of events) this.step(event);
    return this;
  }

  /** Returns the outputs since the previous call of this method, without the ignored inputs. */
  takeOutputs(): TurnOutput[] {
    return this.takeAll().filter(({ kind }) => kind !== 'ignore');
  }

  /** Returns the ignored inputs since the previous call of this method, and why they were ignored. */
  takeIgnored(): string[] {
    return this.takeAll().flatMap((output) => (output.kind === 'ignore' ? [output.reason] : []));
  }

  takeAll(): TurnOutput[] {
    const news = this.all.slice(this.seen);
    this.seen = this.all.length;
    return news;
  }

  step(event: TurnEvent): void {
    const { state, outputs } = stepTurn(this.state, { ...event, atMs: this.nowMs }, this.policy);
    this.state = state;
    this.all.push(...outputs);
  }
}

export const speechStarted: TurnEvent = { kind: 'speech-started' };
export const interimTranscript = (text: string): TurnEvent => ({ kind: 'interim-transcript', text });
export const endOfTurn = (text: string): TurnEvent => ({ kind: 'end-of-turn', text });
export const replyText = (turnNo: number, text: string): TurnEvent => ({ kind: 'reply-text', turnNo, text });
export const replyEnded = (turnNo: number, hangUp = false): TurnEvent => ({
  kind: 'reply-ended',
  turnNo,
  hangUp,
});
export const playbackStarted = (turnNo: number): TurnEvent => ({ kind: 'playback-started', turnNo });
export const wordsHeard = (turnNo: number, text: string): TurnEvent => ({
  kind: 'words-heard',
  turnNo,
  words: text.split(' '),
});
export const playbackFinished = (turnNo: number): TurnEvent => ({ kind: 'playback-finished', turnNo });
export const callStarted = (hasGreeting: boolean): TurnEvent => ({ kind: 'call-started', hasGreeting });

/**
 * Makes a call in which the agent answers a first question at length: turn 1 sounds from 2 s on, and was heard up to
 * "six".
 */
export function answeringCall(policy: Partial<TurnPolicy> = {}): PlayedCall {
  const call = new PlayedCall(policy)
    .at(0, callStarted(false))
    .at(500, speechStarted, interimTranscript('when'))
    .at(1_000, endOfTurn('When do you open?'))
    .at(1_500, replyText(1, 'We open at five and at six. '))
    .at(1_600, replyEnded(1))
    .at(2_000, playbackStarted(1))
    .at(2_500, wordsHeard(1, 'We open at five and at six'));
  call.takeAll();
  return call;
}
