import {
  addAudio,
  addSentence,
  completeAudio,
  DEFAULT_PLAYBACK_POLICY,
  echoMark,
  heardMs,
  heardText,
  isHeardToEnd,
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
  wordsOf,
} from '@parley/turn-taking';
import { AudioTrack } from './audio-track.js';
import type { PhoneLine } from './phone-line.js';
import type { TextToSpeech, VoiceOptions, VoiceSignal, VoiceStream } from './text-to-speech.js';

const MULAW_BYTES_PER_MS = 8;
const POLICY = DEFAULT_PLAYBACK_POLICY;
/** The sound goes on for a little after its last letter. */
const LAST_AUDIO_MS = 200;
/**
 * The voice's own word that an utterance is over may come 20 s late, and its times may be missing: then the utterance is
 * taken for over once all that came was played and nothing more has come for this long.
 */
const VOICE_QUIET_MS = 1_500;
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

export interface MouthListener {
  playback(event: PlaybackEvent): void;
  moment(turnNo: number, moment: 'firstAudioMs' | 'firstMarkHeardMs', atMs: number): void;
  synthesised(turnNo: number, characters: number): void;
  /** The voice is gone in the middle of a turn; what was not said is lost. */
  failed(turnNo: number, reason: string): void;
}

interface Turn {
  readonly turnNo: number;
  /** Names it at the voice; another one after it had to be begun again. */
  utteranceId: string;
  readonly track: AudioTrack;
  utterance: Utterance;
  playback: Playback;
  /** All text of it, as the voice got it. */
  toSay: string;
  isTextComplete: boolean;
  hasBeenRetried: boolean;
  nextAtMs: number | undefined;
  audioAtMs: number;
  hasSound: boolean;
  isEndTold: boolean;
}

/** Whether the last letter was timed, and the audio has come up to its end. */
function isWhole(utterance: Utterance): boolean {
  if (utterance.timedChars < utterance.spoken.length) return false;
  const endMs = wordsOf(utterance).at(-1)?.endMs ?? 0;
  return utterance.audioBytes / MULAW_BYTES_PER_MS >= endMs;
}

/** Sentences in, paced sound out: what the voice makes of them, how far ahead it is sent, and what was heard of it. */
export class Mouth {
  readonly #voice: VoiceStream;
  #turn: Turn | undefined;
  #generation = 0;
  #utterances = 0;
  #isClosed = false;

  constructor(
    voice: TextToSpeech,
    options: VoiceOptions,
    private readonly language: string,
    private readonly line: PhoneLine,
    private readonly listener: MouthListener,
  ) {
    this.#voice = voice.open(options, (signal) => this.#take(signal));
  }

  speak(turnNo: number, sentence: string): void {
    const turn = this.#turnOf(turnNo);
    const { utterance, toSay } = addSentence(turn.utterance, sentence);
    turn.utterance = utterance;
    if (toSay.trim() === '') return;
    turn.toSay += toSay;
    this.#voice.speak(turn.utteranceId, toSay);
    this.listener.synthesised(turnNo, toSay.length);
  }

  /** No more text follows. A turn without any is over at once. */
  finish(turnNo: number, nowMs: number): void {
    const turn = this.#turnOf(turnNo);
    turn.isTextComplete = true;
    if (turn.toSay === '') this.#completeAudio(turn);
    else this.#voice.finish(turn.utteranceId);
    this.#checkEnd(turn, nowMs);
  }

  suspend(turnNo: number, nowMs: number): void {
    const turn = this.#find(turnNo);
    if (turn) this.#suspend(turn, nowMs);
  }

  resume(turnNo: number, nowMs: number): void {
    const turn = this.#find(turnNo);
    if (!turn || turn.playback.status !== 'suspended') return;
    const soFarMs = heardMs(turn.playback, nowMs);
    const fromMs = nextUnheardMs(turn.utterance, soFarMs) ?? turn.track.length / MULAW_BYTES_PER_MS;
    turn.playback = resumePlayback(turn.playback, fromMs);
    this.#generation = turn.playback.generation;
    this.#pump(turn, nowMs);
  }

  /** Ends a turn and tells what was said of it; what was not heard of one that is cut is dropped. */
  close(turnNo: number, nowMs: number, wasCut: boolean): Said {
    const turn = this.#find(turnNo);
    if (!turn) return { reply: '', heard: '', heardMs: 0 };
    this.#turn = undefined;
    const { written } = turn.utterance;
    if (!wasCut) {
      return { reply: written, heard: written, heardMs: Math.round(turn.track.length / MULAW_BYTES_PER_MS) };
    }
    this.#suspend(turn, nowMs);
    this.#voice.drop(turn.utteranceId);
    const ms = heardMs(turn.playback, nowMs);
    return { reply: written, heard: heardText(turn.utterance, ms), heardMs: Math.round(ms) };
  }

  mark(name: string, nowMs: number): void {
    const turn = this.#turn;
    if (!turn) return;
    const echo = echoMark(turn.playback, name, nowMs);
    if (echo.kind === 'ignore') return;
    turn.playback = echo.playback;
    turn.track.forgetBefore(Math.floor((echo.toMs - LONGEST_WORD_MS) * MULAW_BYTES_PER_MS));
    const { turnNo } = turn;
    this.listener.moment(turnNo, 'firstMarkHeardMs', nowMs);
    const words = wordsHeardBetween(turn.utterance, echo.fromMs, echo.toMs);
    this.listener.playback({ kind: 'words-heard', turnNo, words });
    this.#checkEnd(turn, nowMs);
  }

  beat(nowMs: number): void {
    this.#voice.tick(nowMs);
    const turn = this.#turn;
    if (!turn) return;
    if (turn.nextAtMs !== undefined && nowMs >= turn.nextAtMs) this.#pump(turn, nowMs);
    this.#checkQuiet(turn, nowMs);
    this.#checkEnd(turn, nowMs);
  }

  shut(): void {
    this.#isClosed = true;
    this.#voice.close();
  }

  #turnOf(turnNo: number): Turn {
    const current = this.#find(turnNo);
    if (current) return current;
    if (this.#turn) this.#voice.drop(this.#turn.utteranceId);
    this.#generation += 1;
    this.#turn = {
      turnNo,
      utteranceId: this.#nextUtteranceId(turnNo),
      track: new AudioTrack(),
      utterance: newUtterance(this.language),
      playback: newPlayback(turnNo, this.#generation),
      toSay: '',
      isTextComplete: false,
      hasBeenRetried: false,
      nextAtMs: undefined,
      audioAtMs: Infinity,
      hasSound: false,
      isEndTold: false,
    };
    return this.#turn;
  }

  #find(turnNo: number): Turn | undefined {
    return this.#turn?.turnNo === turnNo ? this.#turn : undefined;
  }

  #nextUtteranceId(turnNo: number): string {
    this.#utterances += 1;
    return `t${turnNo}u${this.#utterances}`;
  }

  #take(signal: VoiceSignal): void {
    if (this.#isClosed) return;
    const turn = this.#turn;
    if (!turn) return;
    const nowMs = performance.now();
    if (signal.kind === 'lost') {
      if (signal.utterances.includes(turn.utteranceId)) this.#lose(turn, signal.reason);
      return;
    }
    if (signal.utterance !== turn.utteranceId || turn.playback.isAudioComplete) return;
    if (signal.kind === 'audio') this.#addAudio(turn, signal, nowMs);
    else this.#completeAudio(turn);
    this.#pump(turn, nowMs);
    this.#checkEnd(turn, nowMs);
  }

  #addAudio(turn: Turn, { audio, chunk }: Extract<VoiceSignal, { kind: 'audio' }>, nowMs: number): void {
    this.listener.moment(turn.turnNo, 'firstAudioMs', nowMs);
    turn.audioAtMs = nowMs;
    turn.track.append(audio);
    turn.utterance = addAudio(turn.utterance, chunk);
    turn.playback = receiveAudio(turn.playback, turn.track.length, false);
  }

  #completeAudio(turn: Turn): void {
    turn.utterance = completeAudio(turn.utterance);
    turn.playback = receiveAudio(turn.playback, turn.track.length, true);
  }

  #suspend(turn: Turn, nowMs: number): void {
    const suspended = suspendPlayback(turn.playback, nowMs);
    turn.playback = suspended.playback;
    turn.nextAtMs = undefined;
    this.#generation = suspended.playback.generation;
    if (suspended.mustClear) this.line.clear();
  }

  #pump(turn: Turn, nowMs: number): void {
    if (turn.playback.status !== 'playing') return;
    if (!this.line.isWritable) {
      turn.nextAtMs = nowMs;
      return;
    }
    const { playback, messages, nextAtMs } = nextMessages(turn.playback, nowMs, POLICY);
    turn.playback = playback;
    turn.nextAtMs = nextAtMs;
    for (const { fromByte, toByte, padBytes, mark } of messages) {
      this.line.play(turn.track.slice(fromByte, toByte, padBytes));
      this.line.mark(mark);
    }
    if (messages.length > 0 && !turn.hasSound) {
      turn.hasSound = true;
      this.listener.playback({ kind: 'playback-started', turnNo: turn.turnNo });
    }
  }

  #checkQuiet(turn: Turn, nowMs: number): void {
    if (!turn.isTextComplete || turn.playback.isAudioComplete) return;
    const quietMs = nowMs - turn.audioAtMs;
    if (quietMs < LAST_AUDIO_MS) return;
    const isPlayedOut = nowMs >= turn.playback.playsUntilMs && turn.playback.status === 'playing';
    if (!(isPlayedOut && quietMs >= VOICE_QUIET_MS) && !isWhole(turn.utterance)) return;
    this.#completeAudio(turn);
    this.#pump(turn, nowMs);
  }

  #checkEnd(turn: Turn, nowMs: number): void {
    if (turn.isEndTold || !turn.isTextComplete || turn.playback.status !== 'playing') return;
    if (!isHeardToEnd(turn.playback, nowMs, POLICY)) return;
    turn.isEndTold = true;
    this.listener.playback({ kind: 'playback-finished', turnNo: turn.turnNo });
  }

  /** Nothing was said yet: once more, on a new connection. Otherwise a word could be repeated or left out. */
  #lose(turn: Turn, reason: string): void {
    if (turn.playback.isAudioComplete) return;
    if (turn.hasBeenRetried || turn.track.length > 0) return this.listener.failed(turn.turnNo, reason);
    turn.hasBeenRetried = true;
    turn.utteranceId = this.#nextUtteranceId(turn.turnNo);
    this.#voice.speak(turn.utteranceId, turn.toSay);
    if (turn.isTextComplete) this.#voice.finish(turn.utteranceId);
  }
}
