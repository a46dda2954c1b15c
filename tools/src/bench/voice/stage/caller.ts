import { randomBytes } from 'node:crypto';
import { FRAME_BYTES, MediaSocket, signForm, silence, speak } from '@parley/simulator';
import { Earpiece } from './earpiece.js';
import type { Paced } from './frame-pace.js';
import { account, type Callee } from './orders.js';
import { placeOf } from './script.js';
import { Turn } from './turn.js';

/** Between an answer's last word and the next turn. */
const PAUSE_MS = 500;
/** Callers begin to speak one after the other, so that their turns are spread; before that a greeting may be heard. */
const FIRST_TURN_MS = 2_500;
const FIRST_TURNS_SPREAD_MS = 3_000;
/** Every third answer is interrupted, so long after its first sound. */
const INTERRUPT_EVERY = 3;
const INTERRUPT_AFTER_MS = 1_500;
/** An answer that has not been heard by then is missing. Above any stall of a slow machine. */
const ANSWER_WITHIN_MS = 30_000;
/** Playback is refilled when its lead falls under this (`DEFAULT_PLAYBACK_POLICY` of the bridge). */
const REFILL_BELOW_MS = 300;
/** A lead above this is no refill: it is the next message of the same one. */
const REFILL_AT_MOST_MS = 320;
const SILENT_FRAME = silence(FRAME_BYTES);

export interface CallerLog {
  /** So many words of an answer are not what they should be. */
  wrong(words: number, what: string): void;
  pacingError(ms: number): void;
  gap(ms: number): void;
}

type State =
  | { kind: 'resting'; untilMs: number }
  | { kind: 'speaking'; turn: Turn; audio: Uint8Array; at: number; speechEndByte: number }
  | { kind: 'listening'; turn: Turn }
  | { kind: 'done' };

/** One person on the phone: speaks, listens, sometimes interrupts, and checks every word. */
export class Caller implements Paced {
  readonly turns: Turn[] = [];
  readonly #ear: Earpiece;
  #frames = 0;
  #socket: MediaSocket | undefined;
  #state: State = { kind: 'resting', untilMs: Infinity };
  #isLast = false;
  /** The turn whose answer was heard last: an older one's must not come back. */
  #hearing = 0;

  constructor(
    readonly number: number,
    private readonly log: CallerLog,
  ) {
    this.#ear = new Earpiece({
      heard: ({ text, cut }) => this.#hear(text, cut),
      gap: (ms) => this.log.gap(ms),
    });
  }

  get isDone(): boolean {
    return this.#state.kind === 'done';
  }

  /** Calls; settles once the stream has begun. */
  async dial(callee: Callee): Promise<void> {
    const callSid = `CA${randomBytes(16).toString('hex')}`;
    const url = callee.kind === 'socket' ? callee.url : await streamUrl(callee.url, callSid);
    await new Promise<void>((resolve, reject) => {
      const options = {
        url,
        signature: signForm(account.authToken, url, {}),
        accountSid: account.accountSid,
        callSid,
        streamSid: `MZ${randomBytes(16).toString('hex')}`,
        parameters: {},
        streamSidFirst: false,
      };
      this.#socket = new MediaSocket(options, {
        started: resolve,
        audio: (audio) => this.#take(audio),
        mark: (name) => this.#ear.mark(() => this.#socket?.echoMark(name)),
        clear: () => this.#clear(),
        error: (code, detail) => this.#complain(1, `error ${code}: ${detail}`),
        failed: (code, detail) => reject(new Error(`A media socket failed: ${code} ${detail}`)),
        closed: (by, code) => {
          if (by === 'call') return;
          this.#state = { kind: 'done' };
          this.#complain(1, `the socket closed with ${code}`);
        },
      });
    });
  }

  /** From now on there is talk. @param share this caller's place among all, from 0 to 1 */
  begin(share: number): void {
    const untilMs = performance.now() + FIRST_TURN_MS + share * FIRST_TURNS_SPREAD_MS;
    this.#state = { kind: 'resting', untilMs };
  }

  /** No more turns: one that is being answered is heard to its end, one that is only begun does not count. */
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

  #listen(turn: Turn, nowMs: number): void {
    if (turn.heard === turn.answer.length) {
      this.#state = { kind: 'resting', untilMs: nowMs + PAUSE_MS };
    } else if (this.#wantsToInterrupt(turn, nowMs)) {
      turn.isInterrupted = true;
      this.#speak(true);
    } else if (nowMs - turn.speechEndMs! >= ANSWER_WITHIN_MS) {
      this.#complain(turn.answer.length - turn.heard, `no answer in turn ${turn.number}`);
      this.#state = { kind: 'resting', untilMs: nowMs + PAUSE_MS };
    }
  }

  #wantsToInterrupt({ call, number, audioAtCallerMs }: Turn, nowMs: number): boolean {
    const isChosen = (call + number) % INTERRUPT_EVERY === 0;
    if (this.#isLast || !isChosen || audioAtCallerMs === undefined) return false;
    return nowMs >= audioAtCallerMs + INTERRUPT_AFTER_MS;
  }

  #speak(interrupts: boolean): void {
    const turn = new Turn(this.number, this.turns.length + 1, interrupts);
    this.turns.push(turn);
    const { audio, words } = speak(turn.saying.join(' '));
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

  #take(audio: Uint8Array): void {
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

  #hear(text: string, isCut: boolean): void {
    const place = placeOf(text);
    if (isCut) {
      // On a busy machine the greeting may still be heard when the first turn begins, which interrupts it.
      const isGreeting = text !== '' && !place;
      if (!isGreeting && !this.turns.slice(-2).some(({ isInterrupted }) => isInterrupted))
        this.#complain(1, `the word "${text}" was cut`);
      return;
    }
    // A greeting, for example.
    if (!place) return;
    const turn = this.turns[place.turn - 1];
    const isRight = place.side === 'agent' && place.call === this.number && place.turn >= this.#hearing;
    if (!turn || !isRight) return this.#complain(1, `heard "${text}" in turn ${this.turns.length}`);
    if (place.word !== turn.heard)
      this.#complain(1, `heard "${text}" as word ${turn.heard} of ${place.turn}`);
    turn.heard = place.word + 1;
    this.#hearing = place.turn;
  }

  #complain(words: number, what: string): void {
    this.log.wrong(words, `call ${this.number}: ${what}`);
  }
}

/** Twilio's webhook of an incoming call: its answer names the media socket. */
async function streamUrl(webhookUrl: string, callSid: string): Promise<string> {
  const from = `+1555${randomBytes(4).readUInt32BE().toString().slice(-7).padStart(7, '0')}`;
  const params = {
    AccountSid: account.accountSid,
    ApiVersion: '2010-04-01',
    CallSid: callSid,
    CallStatus: 'ringing',
    Called: account.phoneNumber,
    Caller: from,
    Direction: 'inbound',
    From: from,
    To: account.phoneNumber,
  };
  const answer = await fetch(webhookUrl, {
    method: 'POST',
    headers: { 'x-twilio-signature': signForm(account.authToken, webhookUrl, params) },
    body: new URLSearchParams(params),
  });
  const twiml = await answer.text();
  const [, url] = /<Stream url="([^"]+)"/.exec(twiml) ?? [];
  if (url === undefined) throw new Error(`A call was answered with ${answer.status}: ${twiml}`);
  return url;
}
