import { randomBytes } from 'node:crypto';
import { FRAME_BYTES, MediaSocket, signForm, silentAudio, encodeSpeech } from '@parley/simulator';
import { CallerPlayback } from './caller-playback.js';
import type { FrameDriven } from './frame-clock.js';
import { stageTwilioAccount, type CallTarget } from './stage-messages.js';
import { positionOf } from './script.js';
import { MeasuredTurn } from './measured-turn.js';

/** Pause between the last word of an answer and the next turn. */
const PAUSE_MS = 500;
/** Callers start to speak one after the other, so that their turns are spread, and after a possible greeting. */
const FIRST_TURN_MS = 2_500;
const FIRST_TURNS_SPREAD_MS = 3_000;
/** Every third answer is interrupted, `INTERRUPT_AFTER_MS` after its first audio. */
const INTERRUPT_EVERY = 3;
const INTERRUPT_AFTER_MS = 1_500;
/** An answer is missing if the caller has not heard it after this time. Longer than stalls of a slow machine. */
const ANSWER_WITHIN_MS = 30_000;
/** voice-bridge refills playback when less than this is queued (`DEFAULT_PLAYBACK_POLICY`). */
const REFILL_BELOW_MS = 300;
/** A message that arrives while more than this is still queued belongs to the refill before it. */
const REFILL_AT_MOST_MS = 320;
const SILENT_FRAME = silentAudio(FRAME_BYTES);

export interface CallerLog {
  /** Counts wrong words of an answer. */
  wrong(words: number, what: string): void;
  pacingError(ms: number): void;
  gap(ms: number): void;
}

type State =
  | { kind: 'resting'; untilMs: number }
  | { kind: 'speaking'; turn: MeasuredTurn; audio: Uint8Array; at: number; speechEndByte: number }
  | { kind: 'listening'; turn: MeasuredTurn }
  | { kind: 'done' };

/** One caller: speaks, listens, sometimes interrupts, and checks every word. */
export class SimulatedCaller implements FrameDriven {
  readonly turns: MeasuredTurn[] = [];
  readonly #ear: CallerPlayback;
  #frames = 0;
  #socket: MediaSocket | undefined;
  #state: State = { kind: 'resting', untilMs: Infinity };
  #isLast = false;
  /** The last turn whose answer was heard; an older answer must not be heard again. */
  #hearing = 0;

  constructor(
    readonly number: number,
    private readonly log: CallerLog,
  ) {
    this.#ear = new CallerPlayback({
      heard: ({ text, cut }) => this.#checkWord(text, cut),
      gap: (ms) => this.log.gap(ms),
    });
  }

  get isDone(): boolean {
    return this.#state.kind === 'done';
  }

  /** Makes the call; resolves once the media stream has started. */
  async dial(callee: CallTarget): Promise<void> {
    const callSid = `CA${randomBytes(16).toString('hex')}`;
    const url = callee.kind === 'socket' ? callee.url : await streamUrl(callee.url, callSid);
    await new Promise<void>((resolve, reject) => {
      const options = {
        url,
        signature: signForm(stageTwilioAccount.authToken, url, {}),
        accountSid: stageTwilioAccount.accountSid,
        callSid,
        streamSid: `MZ${randomBytes(16).toString('hex')}`,
        parameters: {},
        streamSidFirst: false,
      };
      this.#socket = new MediaSocket(options, {
        started: resolve,
        audio: (audio) => this.#receiveAudio(audio),
        mark: (name) => this.#ear.mark(() => this.#socket?.echoMark(name)),
        clear: () => this.#clear(),
        error: (code, detail) => this.#addProblem(1, `error ${code}: ${detail}`),
        failed: (code, detail) => reject(new Error(`The media socket failed: ${code} ${detail}`)),
        closed: (by, code) => {
          if (by === 'call') return;
          this.#state = { kind: 'done' };
          this.#addProblem(1, `the socket closed with ${code}`);
        },
      });
    });
  }

  /** Starts the conversation. `share` spreads the callers over time, from 0 for the first to 1. */
  startTalking(share: number): void {
    const untilMs = performance.now() + FIRST_TURN_MS + share * FIRST_TURNS_SPREAD_MS;
    this.#state = { kind: 'resting', untilMs };
  }

  /** Starts no further turns. The caller still hears the current answer; an unfinished utterance does not count. */
  finish(): void {
    this.#isLast = true;
    if (this.#state.kind !== 'speaking') return;
    this.turns.pop();
    this.#state = { kind: 'done' };
  }

  hangUp(): void {
    this.#socket?.stop();
  }

  frame(dueMs: number): void {
    this.#ear.frame();
    this.#decide(dueMs);
    this.#socket?.sendFrame(this.#nextFrame(dueMs));
    const turn = this.turns.at(-1);
    if (turn?.speechEndFrame !== undefined && turn.endOfTurnMs === undefined)
      turn.framesSentMs.push(performance.now());
    this.#frames += 1;
  }

  #decide(nowMs: number): void {
    const state = this.#state;
    if (state.kind === 'resting') {
      if (this.#isLast) this.#state = { kind: 'done' };
      else if (nowMs >= state.untilMs) this.#speak(false);
    } else if (state.kind === 'listening') this.#listen(state.turn, nowMs);
  }

  #listen(turn: MeasuredTurn, nowMs: number): void {
    if (turn.heard === turn.answer.length) {
      this.#state = { kind: 'resting', untilMs: nowMs + PAUSE_MS };
    } else if (this.#wantsToInterrupt(turn, nowMs)) {
      turn.isInterrupted = true;
      this.#speak(true);
    } else if (nowMs - turn.speechEndMs! >= ANSWER_WITHIN_MS) {
      this.#addProblem(turn.answer.length - turn.heard, `no answer in turn ${turn.number}`);
      this.#state = { kind: 'resting', untilMs: nowMs + PAUSE_MS };
    }
  }

  #wantsToInterrupt({ call, number, audioAtCallerMs }: MeasuredTurn, nowMs: number): boolean {
    const isChosen = (call + number) % INTERRUPT_EVERY === 0;
    if (this.#isLast || !isChosen || audioAtCallerMs === undefined) return false;
    return nowMs >= audioAtCallerMs + INTERRUPT_AFTER_MS;
  }

  #speak(interrupts: boolean): void {
    const turn = new MeasuredTurn(this.number, this.turns.length + 1, interrupts);
    this.turns.push(turn);
    const { audio, words } = encodeSpeech(turn.callerWords.join(' '));
    this.#state = { kind: 'speaking', turn, audio, at: 0, speechEndByte: words.at(-1)!.end };
  }

  #nextFrame(dueMs: number): Uint8Array {
    const state = this.#state;
    if (state.kind !== 'speaking') return SILENT_FRAME;
    const { turn, audio, at, speechEndByte } = state;
    const piece = audio.subarray(at, at + FRAME_BYTES);
    state.at += FRAME_BYTES;
    if (at < speechEndByte && state.at >= speechEndByte) {
      turn.speechEndMs = dueMs;
      turn.speechEndFrame = this.#frames;
    }
    if (state.at >= audio.length) this.#state = { kind: 'listening', turn };
    if (piece.length === FRAME_BYTES) return piece;
    const padded = Uint8Array.from(SILENT_FRAME);
    padded.set(piece);
    return padded;
  }

  #receiveAudio(audio: Uint8Array): void {
    const turn = this.turns.at(-1);
    if (turn?.audioSentMs !== undefined) {
      const leadMs = this.#ear.queuedMs;
      if (turn.audioAtCallerMs === undefined) turn.audioAtCallerMs = performance.now();
      else if (leadMs <= REFILL_AT_MOST_MS) this.log.pacingError(Math.max(0, REFILL_BELOW_MS - leadMs));
    }
    this.#ear.enqueue(audio);
  }

  #clear(): void {
    const turn = this.turns.at(-1);
    if (turn?.interrupts && turn.startOfTurnMs !== undefined) turn.clearMs ??= performance.now();
    this.#ear.clear();
  }

  #checkWord(text: string, isCut: boolean): void {
    const position = positionOf(text);
    if (isCut) {
      // On a busy machine the first turn may interrupt the greeting.
      const isGreeting = text !== '' && !position;
      if (!isGreeting && !this.turns.slice(-2).some(({ isInterrupted }) => isInterrupted))
        this.#addProblem(1, `the word "${text}" was cut`);
      return;
    }
    // The heard word is not from the bench, but for example from the greeting.
    if (!position) return;
    const turn = this.turns[position.turn - 1];
    const isRight =
      position.side === 'agent' && position.call === this.number && position.turn >= this.#hearing;
    if (!turn || !isRight) return this.#addProblem(1, `heard "${text}" in turn ${this.turns.length}`);
    if (position.word !== turn.heard)
      this.#addProblem(1, `heard "${text}" as word ${turn.heard} of ${position.turn}`);
    turn.heard = position.word + 1;
    this.#hearing = position.turn;
  }

  #addProblem(words: number, what: string): void {
    this.log.wrong(words, `call ${this.number}: ${what}`);
  }
}

/** Posts Twilio's webhook for an incoming call; returns the media URL in its answer. */
async function streamUrl(webhookUrl: string, callSid: string): Promise<string> {
  const from = `+1555${randomBytes(4).readUInt32BE().toString().slice(-7).padStart(7, '0')}`;
  const params = {
    AccountSid: stageTwilioAccount.accountSid,
    ApiVersion: '2010-04-01',
    CallSid: callSid,
    CallStatus: 'ringing',
    Called: stageTwilioAccount.phoneNumber,
    Caller: from,
    Direction: 'inbound',
    From: from,
    To: stageTwilioAccount.phoneNumber,
  };
  const answer = await fetch(webhookUrl, {
    method: 'POST',
    headers: { 'x-twilio-signature': signForm(stageTwilioAccount.authToken, webhookUrl, params) },
    body: new URLSearchParams(params),
  });
  const twiml = await answer.text();
  const [, url] = /<Stream url="([^"]+)"/.exec(twiml) ?? [];
  if (url === undefined) throw new Error(`The voice webhook answered ${answer.status}: ${twiml}`);
  return url;
}
