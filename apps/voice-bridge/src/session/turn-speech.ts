import {
  addAside,
  addAudio,
  addSentence,
  asideMs,
  completeAudio,
  DEFAULT_PLAYBACK_POLICY,
  echoMark,
  heardMs,
  heardText,
  isHeardToEnd,
  judgeVoice,
  MULAW_BYTES_PER_MS,
  newPlayback,
  newUtterance,
  nextMessages,
  nextUnheardMs,
  type Playback,
  type PlaybackEvent,
  receiveAudio,
  resumePlayback,
  suspendPlayback,
  type Utterance,
  wordsHeardBetween,
} from '@parley/turn-taking';
import { AudioTrack } from './audio-track.js';
import type { PhoneLine } from './phone-line.js';
import type { VoiceSignal, VoiceStream } from './text-to-speech.js';

const POLICY = DEFAULT_PLAYBACK_POLICY;
/** After the voice got its text. A refusal comes within milliseconds, and what caused it may last a little longer. */
const SECOND_ATTEMPT_AFTER_MS = 300;
/** A reply that was suspended goes on from the beginning of a word: that much is kept of what was heard. */
const LONGEST_WORD_MS = 5_000;

/** What of a turn has been said. */
export interface Said {
  /** As written. */
  readonly reply: string;
  /** The beginning of it that was heard. */
  readonly heard: string;
  readonly heardMs: number;
}

export interface SpeechListener {
  playback(event: PlaybackEvent): void;
  moment(turnNo: number, moment: 'firstAudioMs' | 'firstMarkHeardMs', atMs: number): void;
  synthesised(turnNo: number, characters: number): void;
  /** The voice is gone in the middle of a turn; what was not said is lost. */
  failed(turnNo: number, reason: string): void;
  /** Nothing of a turn has sounded, on two connections. */
  unavailable(reason: string): void;
}

export interface SpeechParts {
  /** Of its playback: higher than any that this call has had. */
  readonly generation: number;
  readonly language: string;
  readonly voice: VoiceStream;
  readonly line: PhoneLine;
  readonly listener: SpeechListener;
  /** The clock that each `nowMs` is read from. */
  readonly now: () => number;
}

/** What one turn says: its text on the way to the voice, the sound on the way to the caller, and how far that was heard. */
export class TurnSpeech {
  readonly #track = new AudioTrack();
  #utterance: Utterance;
  #playback: Playback;
  /** All that the voice got so far, and what it still is to get, in order. */
  #given = '';
  #giving: Promise<void> = Promise.resolve();
  #isGivenWhole = false;
  #attempts = 1;
  /** The voice gets its text then, once more; until then nothing is given to it. */
  #againAtMs: number | undefined;
  #isTextComplete = false;
  #nextAtMs: number | undefined;
  #textAtMs = 0;
  #finishedAtMs = 0;
  #audioAtMs: number | undefined;
  #hasSound = false;
  #isEndTold = false;
  #isOver = false;
  /** The voice was lost on the way: some of the text has no sound. */
  #isBroken = false;

  constructor(
    readonly turnNo: number,
    private readonly parts: SpeechParts,
  ) {
    this.#utterance = newUtterance(parts.language);
    this.#playback = newPlayback(turnNo, parts.generation);
  }

  /** Names it at the voice; another one after it had to be begun again. */
  get utteranceId(): string {
    return `t${this.turnNo}u${this.#attempts}`;
  }

  get generation(): number {
    return this.#playback.generation;
  }

  /** @param whenKept until then the voice does not get it */
  speak(sentence: string, whenKept: Promise<void>): void {
    const { utterance, toSay } = addSentence(this.#utterance, sentence);
    this.#utterance = utterance;
    this.#give(whenKept, () => this.#say(toSay));
  }

  /** Something to hear while the text is late. It is in the sound, and no part of what the turn says. */
  fill(text: string): void {
    const { utterance, toSay } = addAside(this.#utterance, text);
    this.#utterance = utterance;
    this.#give(Promise.resolve(), () => this.#say(toSay));
  }

  /** No more text follows. A turn without any is over at once. */
  finish(): void {
    this.#isTextComplete = true;
    this.#give(Promise.resolve(), () => {
      const nowMs = this.parts.now();
      this.#isGivenWhole = true;
      if (this.#given === '') this.#completeAudio();
      else if (this.#againAtMs === undefined) this.#finishVoice(nowMs);
      this.#checkEnd(nowMs);
    });
  }

  suspend(nowMs: number): void {
    const { playback, mustClear } = suspendPlayback(this.#playback, nowMs);
    this.#playback = playback;
    this.#nextAtMs = undefined;
    if (mustClear) this.parts.line.clear();
  }

  resume(nowMs: number): void {
    if (this.#playback.status !== 'suspended') return;
    const soFarMs = heardMs(this.#playback, nowMs);
    const nextMs = nextUnheardMs(this.#utterance, soFarMs) ?? this.#track.length / MULAW_BYTES_PER_MS;
    // Of a word longer than what is kept, its beginning is gone.
    const fromMs = Math.max(nextMs, this.#track.start / MULAW_BYTES_PER_MS);
    this.#playback = resumePlayback(this.#playback, fromMs);
    this.#pump(nowMs);
  }

  /** How far it has been heard by now. */
  heard(nowMs: number): Said {
    const ms = heardMs(this.#playback, nowMs);
    return this.#said(heardText(this.#utterance, ms), ms);
  }

  /** It was heard to its end, or to where the voice broke off. */
  end(): Said {
    this.#isOver = true;
    const { written } = this.#utterance;
    const ms = this.#track.length / MULAW_BYTES_PER_MS;
    return this.#said(this.#isBroken ? heardText(this.#utterance, ms) : written, ms);
  }

  /** What was not heard of it is dropped. */
  cut(nowMs: number): Said {
    this.suspend(nowMs);
    this.drop();
    return this.heard(nowMs);
  }

  /** The voice need not go on. */
  drop(): void {
    this.#isOver = true;
    const isWithVoice = this.#given !== '' && this.#againAtMs === undefined;
    this.#againAtMs = undefined;
    if (isWithVoice) this.parts.voice.drop(this.utteranceId);
  }

  mark(name: string, nowMs: number): void {
    const echo = echoMark(this.#playback, name, nowMs);
    if (echo.kind === 'ignore') return;
    this.#playback = echo.playback;
    this.#track.forgetBefore(Math.floor((echo.toMs - LONGEST_WORD_MS) * MULAW_BYTES_PER_MS));
    const { turnNo } = this;
    const { listener } = this.parts;
    this.#note('firstMarkHeardMs', echo.toMs, nowMs);
    const words = wordsHeardBetween(this.#utterance, echo.fromMs, echo.toMs);
    listener.playback({ kind: 'words-heard', turnNo, words });
    this.#checkEnd(nowMs);
  }

  beat(nowMs: number): void {
    if (this.#againAtMs !== undefined && nowMs >= this.#againAtMs) this.#beginAgain(nowMs);
    if (this.#nextAtMs !== undefined && nowMs >= this.#nextAtMs) this.#pump(nowMs);
    this.#watchVoice(nowMs);
    this.#checkEnd(nowMs);
  }

  /** What the voice tells of this utterance. */
  take(signal: Exclude<VoiceSignal, { kind: 'lost' }>, nowMs: number): void {
    if (signal.utterance !== this.utteranceId || this.#playback.isAudioComplete) return;
    if (signal.kind === 'audio') this.#addAudio(signal, nowMs);
    else this.#completeAudio();
    this.#pump(nowMs);
    this.#checkEnd(nowMs);
  }

  /**
   * The voice is gone. Nothing was said yet: once more, on a new connection, and not at once. Otherwise a word could be
   * repeated or left out: it ends where the sound does.
   */
  lose(reason: string): void {
    if (this.#playback.isAudioComplete) return;
    if (this.#attempts > 1 || this.#track.length > 0) {
      return this.#breakOff(reason);
    }
    this.#attempts += 1;
    this.#againAtMs = this.#textAtMs + SECOND_ATTEMPT_AFTER_MS;
    const nowMs = this.parts.now();
    if (nowMs >= this.#againAtMs) this.#beginAgain(nowMs);
  }

  #beginAgain(nowMs: number): void {
    this.#againAtMs = undefined;
    this.#textAtMs = nowMs;
    this.parts.voice.speak(this.utteranceId, this.#given);
    if (this.#isGivenWhole) this.#finishVoice(nowMs);
  }

  /** There is no more sound: what there is of it is heard. */
  #breakOff(reason: string): void {
    this.#isBroken = true;
    this.#playback = receiveAudio(this.#playback, this.#track.length, true);
    this.#nextAtMs = 0;
    const { listener } = this.parts;
    if (this.#track.length === 0) listener.unavailable(reason);
    else listener.failed(this.turnNo, reason);
  }

  #give(whenReady: Promise<void>, give: () => void): void {
    const before = this.#giving;
    this.#giving = this.#inTurn(before, whenReady, give).catch((error: unknown) =>
      this.parts.listener.failed(this.turnNo, String(error)),
    );
  }

  async #inTurn(before: Promise<void>, whenReady: Promise<void>, give: () => void): Promise<void> {
    await before;
    await whenReady;
    if (!this.#isOver) give();
  }

  /** Moments are those of the text itself. */
  #note(moment: 'firstAudioMs' | 'firstMarkHeardMs', untilMs: number, nowMs: number): void {
    const { written } = this.#utterance;
    if (written !== '' && untilMs > asideMs(this.#utterance))
      this.parts.listener.moment(this.turnNo, moment, nowMs);
  }

  #said(heard: string, ms: number): Said {
    const ofTextMs = Math.max(0, ms - asideMs(this.#utterance));
    return { reply: this.#utterance.written, heard, heardMs: Math.round(ofTextMs) };
  }

  #say(text: string): void {
    if (text.trim() === '' || this.#isBroken) return;
    this.#given += text;
    this.#textAtMs = this.parts.now();
    if (this.#againAtMs === undefined) this.parts.voice.speak(this.utteranceId, text);
    this.parts.listener.synthesised(this.turnNo, text.length);
  }

  #finishVoice(nowMs: number): void {
    this.#finishedAtMs = nowMs;
    this.parts.voice.finish(this.utteranceId);
  }

  #addAudio({ audio, chunk }: Extract<VoiceSignal, { kind: 'audio' }>, nowMs: number): void {
    this.#audioAtMs = nowMs;
    this.#track.append(audio);
    this.#utterance = addAudio(this.#utterance, chunk);
    this.#note('firstAudioMs', this.#track.length / MULAW_BYTES_PER_MS, nowMs);
    this.#playback = receiveAudio(this.#playback, this.#track.length, false);
  }

  #completeAudio(): void {
    this.#utterance = completeAudio(this.#utterance);
    this.#playback = receiveAudio(this.#playback, this.#track.length, true);
  }

  #pump(nowMs: number): void {
    if (this.#playback.status !== 'playing') return;
    const { line, listener } = this.parts;
    if (!line.isWritable) {
      this.#nextAtMs = nowMs;
      return;
    }
    const { playback, messages, nextAtMs } = nextMessages(this.#playback, nowMs, POLICY);
    this.#playback = playback;
    this.#nextAtMs = nextAtMs;
    if (messages.length === 0) return;
    line.together(() => {
      for (const { fromByte, toByte, padBytes, mark } of messages) {
        line.play(this.#track.slice(fromByte, toByte, padBytes));
        line.mark(mark);
      }
    });
    if (this.#hasSound) return;
    this.#hasSound = true;
    listener.playback({ kind: 'playback-started', turnNo: this.turnNo });
  }

  #watchVoice(nowMs: number): void {
    if (!this.#isGivenWhole || this.#againAtMs !== undefined || this.#playback.isAudioComplete) return;
    const moments = {
      textAtMs: this.#textAtMs,
      finishedAtMs: this.#finishedAtMs,
      audioAtMs: this.#audioAtMs,
    };
    const verdict = judgeVoice(this.#utterance, this.#playback, moments, nowMs, POLICY);
    if (verdict === 'wait') return;
    if (verdict === 'silent') {
      this.parts.voice.reconnect();
      return this.lose('it fell silent');
    }
    this.#completeAudio();
    this.#pump(nowMs);
  }

  #checkEnd(nowMs: number): void {
    if (this.#isEndTold || !this.#isTextComplete || this.#playback.status !== 'playing') return;
    if (!isHeardToEnd(this.#playback, nowMs, POLICY)) return;
    this.#isEndTold = true;
    this.parts.listener.playback({ kind: 'playback-finished', turnNo: this.turnNo });
  }
}
