import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import {
  heardText,
  nextUnheardMs,
  wordsHeardBetween,
  spokenWordsOf,
  type SpokenWord,
} from './heard-words.js';
import { addFiller, addSentence, completeAudio, newUtterance, type Utterance } from './utterance.js';
import { addAudio } from './voice-timings.js';
import { CALL_NOT_STARTED, nextTurnDeadlineMs, stepTurn } from './step-turn.js';
import {
  onMarkReturned,
  heardMs,
  isHeardToEnd,
  newPlayback,
  nextMessages,
  receiveAudio,
  resumePlayback,
  suspendPlayback,
  type Playback,
} from './playback.js';
import { DEFAULT_PLAYBACK_POLICY } from './playback-policy.js';
import type { TurnEvent } from './turn-input.js';
import type { TurnOutput } from './turn-output.js';
import { DEFAULT_TURN_POLICY, type TurnPolicy } from './turn-policy.js';
import type { TurnState } from './turn-state.js';

/** Thousands of cases take long on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

const texts = fc.constantFrom(
  '',
  'uh-huh',
  'yes',
  'stop',
  'what about Sunday',
  'we open at five',
  'open at',
  '…',
);
const turnNo = fc.integer({ min: 1, max: 6 });

/** Any event, even one that a correct bridge never sends. */
const anyEvent: fc.Arbitrary<TurnEvent> = fc.oneof(
  fc.constant<TurnEvent>({ kind: 'speech-started' }),
  fc.record({ kind: fc.constantFrom('interim-transcript', 'end-of-turn'), text: texts }),
  fc.constant<TurnEvent>({ kind: 'recogniser-lost' }),
  fc.record({
    kind: fc.constant('reply-text' as const),
    turnNo,
    text: fc.constantFrom('We open', ' at five. ', 'And at six.', '\n', 'Shall I? '),
  }),
  fc.record({ kind: fc.constantFrom('reply-restarted', 'reply-failed'), turnNo }),
  fc.record({ kind: fc.constant('reply-ended' as const), turnNo, hangUp: fc.boolean() }),
  fc.record({ kind: fc.constantFrom('playback-started', 'playback-finished'), turnNo }),
  fc.record({
    kind: fc.constant('words-heard' as const),
    turnNo,
    words: fc.constantFrom(['we', 'open'], ['at', 'five'], ['six?'], []),
  }),
  fc.constant<TurnEvent>({ kind: 'tick' }),
  fc.record({ kind: fc.constant('call-started' as const), hasGreeting: fc.boolean() }),
);
const rareEnd: fc.Arbitrary<TurnEvent> = fc.record({
  kind: fc.constant('call-ended' as const),
  by: fc.constantFrom('hang-up', 'connection-lost'),
});

const anyCall = fc.record({
  hasGreeting: fc.boolean(),
  policy: fc.record({
    bargeIn: fc.constantFrom('speech', 'words', 'off'),
    isGreetingGuarded: fc.boolean(),
    minWords: fc.integer({ min: 1, max: 3 }),
    maxDurationMs: fc.constantFrom(20_000, 30 * 60_000),
  }),
  events: fc.array(
    fc.record({
      afterMs: fc.constantFrom(0, 10, 100, 400, 800, 3_000, 9_000),
      event: fc.oneof({ weight: 60, arbitrary: anyEvent }, { weight: 1, arbitrary: rareEnd }),
    }),
    { maxLength: 60 },
  ),
});

/** Checks that the outputs of a call are consistent, whatever the inputs were. */
class Ledger {
  private open: number | undefined;
  private isSuspended = false;
  private isComplete = false;
  private hasFiller = false;
  private hasSpoken = false;
  private isReply = false;
  private hasHungUp = false;
  private last = 0;

  add(output: TurnOutput): void {
    if (output.kind === 'ignore') return;
    expect(this.hasHungUp, `${output.kind} after the end`).toBe(false);
    switch (output.kind) {
      case 'start-turn':
      case 'say':
        expect(this.open, 'one turn at a time').toBeUndefined();
        expect(output.turnNo).toBe(this.last + 1);
        this.open = this.last = output.turnNo;
        this.isSuspended = this.isComplete = this.hasFiller = this.hasSpoken = false;
        this.isReply = output.kind === 'start-turn';
        break;
      case 'fill':
        expect(output.turnNo).toBe(this.open);
        expect(this.isReply && !this.isComplete, 'a filler before an answer').toBe(true);
        expect(this.hasFiller || this.hasSpoken, 'one filler, and before the answer').toBe(false);
        expect(this.isSuspended, 'no filler over the person').toBe(false);
        this.hasFiller = true;
        break;
      case 'record-unanswered':
        expect(output.turnNo).toBe(this.last + 1);
        this.last = output.turnNo;
        break;
      case 'speak':
      case 'finish-speaking':
        expect(output.turnNo).toBe(this.open);
        expect(this.isComplete).toBe(false);
        this.isComplete = output.kind === 'finish-speaking';
        this.hasSpoken ||= output.kind === 'speak';
        break;
      case 'suspend':
      case 'resume':
        expect(output.turnNo).toBe(this.open);
        expect(this.isSuspended).toBe(output.kind === 'resume');
        this.isSuspended = output.kind === 'suspend';
        break;
      case 'cancel-turn':
        expect(output.turnNo).toBe(this.open);
        expect(this.isComplete).toBe(false);
        break;
      case 'close-turn':
        expect(output.turnNo).toBe(this.open);
        this.open = undefined;
        break;
      case 'hang-up':
        this.hasHungUp = true;
        break;
      case 'reconnect-recogniser':
        break;
    }
  }

  expectSettled(): void {
    expect(this.open, 'a turn left open').toBeUndefined();
  }
}

it("[V-02] [V-06] after any events, a call has had one turn at a time, each ended once, and nothing was spoken after the call's end", () => {
  fc.assert(
    fc.property(anyCall, ({ hasGreeting, policy: some, events }) => {
      const policy: TurnPolicy = { ...DEFAULT_TURN_POLICY, ...some };
      const ledger = new Ledger();
      let nowMs = 0;
      let state: TurnState = CALL_NOT_STARTED;
      const step = (event: TurnEvent): void => {
        const next = stepTurn(state, { ...event, atMs: nowMs }, policy);
        state = next.state;
        for (const output of next.outputs) ledger.add(output);
      };
      step({ kind: 'call-started', hasGreeting });
      for (const { afterMs, event } of events) {
        nowMs += afterMs;
        step(event);
      }
      // A call without further inputs meets its deadlines one after the other, and ends.
      for (let ticks = 0; ticks < 400; ticks++) {
        const dueAtMs = nextTurnDeadlineMs(state, policy);
        if (dueAtMs === undefined) break;
        expect(Number.isFinite(dueAtMs)).toBe(true);
        nowMs = Math.max(nowMs, dueAtMs);
        step({ kind: 'tick' });
        expect(nextTurnDeadlineMs(state, policy) ?? Number.POSITIVE_INFINITY).toBeGreaterThan(nowMs);
      }
      expect(state.kind).toBe('ended');
      ledger.expectSettled();
    }),
    { numRuns: 500 },
  );
});

it('every ignored event has a reason, and only a call that is over ignores all events', () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      const input = { ...event, atMs: 1 };
      expect(stepTurn({ kind: 'ended' }, input, DEFAULT_TURN_POLICY)).toEqual({
        state: { kind: 'ended' },
        outputs: [{ kind: 'ignore', input: event.kind, reason: 'call-over' }],
      });
    }),
  );
});

/**
 * A voice and a phone around the pure code, as in the voice-bridge. The test knows to the byte which audio was played.
 */
class SimulatedPhone {
  private state: TurnState = CALL_NOT_STARTED;
  private utterance: Utterance = newUtterance('en');
  private playback: Playback = newPlayback(0, 0);
  private onTheWay: { startMs: number; atMs: number; fromByte: number; toByte: number; mark: string }[] = [];
  private marks: { atMs: number; name: string }[] = [];
  nowMs = 0;
  /** The audio that the caller heard, as pieces of the turns' audio. */
  readonly heardPieces: { turnNo: number; fromByte: number; toByte: number }[] = [];
  readonly resumes: { fromMs: number; pauseFromMs: number; wordStartMs: number }[] = [];
  readonly closed: { heard: string; cut: boolean; heardWords: readonly SpokenWord[] }[] = [];

  constructor(private readonly delayMs: number) {}

  /** Returns the words of the last text that was spoken. */
  get words(): readonly SpokenWord[] {
    return spokenWordsOf(this.utterance);
  }

  step(event: TurnEvent): void {
    const { state, outputs } = stepTurn(this.state, { ...event, atMs: this.nowMs }, DEFAULT_TURN_POLICY);
    this.state = state;
    for (const output of outputs) this.perform(output);
  }

  private perform(output: TurnOutput): void {
    switch (output.kind) {
      case 'start-turn':
      case 'say':
        this.utterance = newUtterance('en');
        this.playback = newPlayback(output.turnNo, this.playback.generation + 1);
        break;
      case 'fill':
      case 'speak': {
        const { utterance, toSay } =
          output.kind === 'fill'
            ? addFiller(this.utterance, FILLER)
            : addSentence(this.utterance, output.sentence);
        const chars = toSay.split('');
        const alignment = { chars, startsMs: chars.map((_, i) => i * 60), durationsMs: chars.map(() => 60) };
        this.utterance = addAudio(utterance, { audioBytes: chars.length * 480, alignment });
        this.playback = receiveAudio(this.playback, this.utterance.audioBytes, false);
        this.send();
        break;
      }
      case 'finish-speaking':
        this.utterance = completeAudio(this.utterance);
        this.playback = receiveAudio(this.playback, this.utterance.audioBytes, true);
        this.send();
        break;
      case 'suspend':
        this.clear();
        break;
      case 'resume': {
        const heard = heardMs(this.playback, this.nowMs);
        const fromMs = nextUnheardMs(this.utterance, heard) ?? this.utterance.audioBytes / 8;
        const { words } = this;
        const at = words.findIndex(({ endMs }) => endMs > heard);
        const word = words[at];
        const pauseFromMs = words[at - 1]?.endMs ?? 0;
        if (word) this.resumes.push({ fromMs, pauseFromMs, wordStartMs: word.startMs });
        this.playback = resumePlayback(this.playback, fromMs);
        this.send();
        break;
      }
      case 'close-turn': {
        const cut = output.cut !== undefined;
        if (cut) this.clear();
        const ms = heardMs(this.playback, this.nowMs);
        const heard = heardText(this.utterance, ms);
        this.closed.push({ heard, cut, heardWords: this.words.filter(({ endMs }) => endMs <= ms) });
        break;
      }
      case 'cancel-turn':
      case 'record-unanswered':
      case 'reconnect-recogniser':
      case 'hang-up':
      case 'ignore':
        break;
    }
  }

  private clear(): void {
    const { playback, mustClear } = suspendPlayback(this.playback, this.nowMs);
    this.playback = playback;
    if (!mustClear) return;
    for (const { startMs, fromByte } of this.onTheWay) {
      const playedMs = this.nowMs + this.delayMs - startMs;
      if (playedMs > 0) this.hear(fromByte, fromByte + playedMs * 8);
    }
    this.marks.push(...this.onTheWay.map(({ mark }) => ({ atMs: this.nowMs + this.delayMs, name: mark })));
    this.onTheWay = [];
  }

  private send(): void {
    const { playback, messages } = nextMessages(this.playback, this.nowMs, DEFAULT_PLAYBACK_POLICY);
    const isFirst = this.playback.messages === 0 && messages.length > 0;
    this.playback = playback;
    for (const { fromByte, toByte, mark } of messages) {
      const startMs = Math.max(this.nowMs + this.delayMs, this.onTheWay.at(-1)?.atMs ?? 0);
      this.onTheWay.push({ startMs, atMs: startMs + (toByte - fromByte) / 8, fromByte, toByte, mark });
    }
    if (isFirst) this.step({ kind: 'playback-started', turnNo: playback.turnNo });
  }

  private hear(fromByte: number, toByte: number): void {
    this.heardPieces.push({ turnNo: this.playback.turnNo, fromByte, toByte });
  }

  /** Lets ten milliseconds pass. */
  pass(): void {
    this.nowMs += 10;
    for (const one of this.onTheWay.filter(({ atMs }) => atMs <= this.nowMs)) {
      this.hear(one.fromByte, one.toByte);
      this.marks.push({ atMs: one.atMs + this.delayMs, name: one.mark });
    }
    this.onTheWay = this.onTheWay.filter(({ atMs }) => atMs > this.nowMs);
    const due = this.marks.filter(({ atMs }) => atMs <= this.nowMs);
    this.marks = this.marks.filter(({ atMs }) => atMs > this.nowMs);
    for (const { name } of due) this.echo(name);
    if (this.playback.status === 'playing') this.send();
    const dueAtMs = nextTurnDeadlineMs(this.state, DEFAULT_TURN_POLICY);
    if (dueAtMs !== undefined && dueAtMs <= this.nowMs) this.step({ kind: 'tick' });
  }

  private echo(name: string): void {
    const echoed = onMarkReturned(this.playback, name, this.nowMs);
    if (echoed.kind === 'ignore') return;
    this.playback = echoed.playback;
    const { turnNo: number } = this.playback;
    const words = wordsHeardBetween(this.utterance, echoed.fromMs, echoed.toMs);
    this.step({ kind: 'words-heard', turnNo: number, words });
    if (isHeardToEnd(this.playback, this.nowMs, DEFAULT_PLAYBACK_POLICY)) {
      this.step({ kind: 'playback-finished', turnNo: number });
    }
  }
}

const FILLER = 'One moment.';
const REPLY = 'We open at five. It costs $415 for all of you, and the kitchen closes at ten.';

it('[V-02] [V-03] a suspended reply resumes without a skipped or repeated word, and a cut reply is recorded without unheard words', () => {
  const sounds = fc.array(fc.integer({ min: 100, max: 6_000 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(
      sounds,
      fc.integer({ min: 5, max: 80 }),
      fc.option(fc.integer({ min: 500, max: 7_000 })),
      fc.constantFrom(0, 1_000, 2_000, 4_000),
      (at, delay, cutAtMs, replyAtMs) => {
        const phone = new SimulatedPhone(delay);
        phone.step({ kind: 'call-started', hasGreeting: false });
        phone.step({ kind: 'end-of-turn', text: 'When?' });
        let hasReply = false;
        for (let i = 0; i < 2_000 && phone.closed.length === 0; i++) {
          if (!hasReply && phone.nowMs >= replyAtMs) {
            hasReply = true;
            phone.step({ kind: 'reply-text', turnNo: 1, text: REPLY });
            phone.step({ kind: 'reply-ended', turnNo: 1 });
          }
          phone.pass();
          if (at.some((ms) => ms > phone.nowMs - 10 && ms <= phone.nowMs))
            phone.step({ kind: 'speech-started' });
          if (cutAtMs !== null && phone.nowMs - cutAtMs >= 0)
            phone.step({ kind: 'interim-transcript', text: 'wait a moment' });
        }
        const [turn] = phone.closed;
        expect(turn).toBeDefined();
        expect(REPLY.startsWith(turn!.heard)).toBe(true);
        if (!turn!.cut) expect(turn!.heard).toBe(REPLY);
        for (const { fromMs, pauseFromMs, wordStartMs } of phone.resumes) {
          expect(fromMs).toBeLessThanOrEqual(wordStartMs);
          expect(fromMs).toBeGreaterThanOrEqual(pauseFromMs);
        }
        const onTheWay = (2 * delay + 20) * 8;
        let heardTo = 0;
        for (const piece of phone.heardPieces.filter(({ turnNo: of }) => of === 1)) {
          // Only the pause between two words is skipped.
          expect(piece.fromByte).toBeLessThanOrEqual(heardTo + 3 * 480);
          // A word is not played again if it had ended before the mark and the clear were sent.
          const known = phone.words.filter(({ endMs }) => endMs * 8 <= heardTo - onTheWay);
          expect(piece.fromByte).toBeGreaterThanOrEqual((known.at(-1)?.endMs ?? 0) * 8);
          heardTo = Math.max(heardTo, piece.toByte);
        }
        // The recorded part of a reply was heard to its last letter.
        for (const { endMs } of turn!.heardWords) expect(endMs * 8).toBeLessThanOrEqual(heardTo + 20 * 8);
      },
    ),
    { numRuns: 60 },
  );
});
