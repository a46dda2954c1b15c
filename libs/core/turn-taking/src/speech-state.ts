import { replyStartMs, heardText } from './heard-words.js';
import { MULAW_BYTES_PER_MS } from './mulaw.js';
import { heardMs, newPlayback, type Playback, type PlaybackMessage } from './playback.js';
import type { PlaybackEvent } from './turn-input.js';
import { newUtterance, type Utterance } from './utterance.js';
import type { VoiceChunk } from './voice-timings.js';

/** The speech of one turn: its text on the way to the voice, and its audio on the way to the caller. */
export interface Speech {
  readonly turnNo: number;
  readonly utterance: Utterance;
  readonly playback: Playback;
  /** Texts that the voice has not got yet, in order. The first one waits until it is stored. */
  readonly waiting: readonly WaitingText[];
  /** All text that the voice has got so far. */
  readonly given: string;
  readonly voice: VoicePhase;
  /** The number of the attempt, from 1. A voice that is lost before any sound gets one more attempt. */
  readonly attempt: number;
  /** When the voice got its last text. */
  readonly textAtMs: number;
  /** When the last audio of the voice arrived. */
  readonly audioAtMs?: number;
  /** `complete`: no sentence follows. */
  readonly text: 'open' | 'complete';
  /** `reported`: turn-taking has been notified that all of the speech was heard. `over`: the turn is closed. */
  readonly stage: 'open' | 'reported' | 'over';
  readonly hasStarted: boolean;
  /** When playback may need more messages. */
  readonly refillAtMs?: number;
}

/** A text that the voice has not got yet. Only a sentence must be stored first. */
export type WaitingText =
  | {
      readonly kind: 'sentence';
      readonly sentenceNo: number;
      readonly text: string;
      readonly isStored: boolean;
    }
  | { readonly kind: 'filler'; readonly text: string }
  | { readonly kind: 'end' };

export type VoicePhase =
  /** The voice has the text so far, and more may follow. */
  | { readonly kind: 'receiving' }
  /** The voice was lost before any sound. Another connection gets the text at `untilMs`. */
  | { readonly kind: 'pausing'; readonly untilMs: number }
  /** The voice has all of the text. */
  | { readonly kind: 'finished'; readonly atMs: number }
  /** The voice was lost during the turn, so some of the text has no audio. */
  | { readonly kind: 'broken' };

/** `isWritable`: whether the media stream's socket accepts more audio. */
export type SpeechInput = { readonly atMs: number; readonly isWritable: boolean } & SpeechChange;

export type SpeechChange =
  | { readonly kind: 'sentence'; readonly sentenceNo: number; readonly text: string }
  | { readonly kind: 'filler'; readonly text: string }
  | { readonly kind: 'text-complete' }
  /** The sentence is stored. */
  | { readonly kind: 'stored'; readonly sentenceNo: number }
  | { readonly kind: 'audio'; readonly utteranceId: string; readonly chunk: VoiceChunk }
  | { readonly kind: 'audio-complete'; readonly utteranceId: string }
  | { readonly kind: 'voice-lost'; readonly reason: string }
  | { readonly kind: 'mark'; readonly name: string }
  | { readonly kind: 'suspend' }
  /** `heldFromByte`: audio before this byte was dropped. */
  | { readonly kind: 'resume'; readonly heldFromByte: number }
  /** Ends a turn whose audio was heard. */
  | { readonly kind: 'end' }
  /** Ends the turn and drops the audio that was not heard. */
  | { readonly kind: 'cut' }
  /** Drops the utterance at the voice, because another turn speaks. */
  | { readonly kind: 'drop' }
  | { readonly kind: 'tick' };

/** An action for the caller of `stepSpeech`, to be taken in order. */
export type SpeechOutput =
  | { readonly kind: 'voice-speak'; readonly utteranceId: string; readonly text: string }
  | { readonly kind: 'voice-finish' | 'voice-drop'; readonly utteranceId: string }
  | { readonly kind: 'voice-reconnect' }
  /** Adds the audio of this input to the turn's audio. */
  | { readonly kind: 'hold-audio' }
  /** Sends these slices of the turn's audio, each followed by its mark. */
  | { readonly kind: 'play'; readonly messages: readonly PlaybackMessage[] }
  | { readonly kind: 'clear' }
  /** Audio before this byte is not needed any more. */
  | { readonly kind: 'forget-audio'; readonly beforeByte: number }
  | { readonly kind: 'report'; readonly event: PlaybackEvent }
  | { readonly kind: 'moment'; readonly moment: SpeechMoment; readonly atMs: number }
  | { readonly kind: 'synthesised'; readonly characters: number }
  /** The voice was lost in the middle of the turn; the text without audio is lost. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** Two connections of the voice have sent no audio of the turn. */
  | { readonly kind: 'unavailable'; readonly reason: string };

export type SpeechMoment = 'firstAudioMs' | 'firstMarkHeardMs';

export interface SpeechStep {
  readonly speech: Speech;
  readonly outputs: readonly SpeechOutput[];
}

/** @param generation the generation of the turn's playback, higher than all earlier ones of this call */
export function newSpeech(turnNo: number, generation: number, language: string): Speech {
  return {
    turnNo,
    utterance: newUtterance(language),
    playback: newPlayback(turnNo, generation),
    waiting: [],
    given: '',
    voice: { kind: 'receiving' },
    attempt: 1,
    textAtMs: 0,
    text: 'open',
    stage: 'open',
    hasStarted: false,
  };
}

/** Names the turn's audio at the voice; a second attempt gets another name. */
export const utteranceIdOf = ({ turnNo, attempt }: Speech): string => `t${turnNo}u${attempt}`;

/** The text of a turn, and the part of it that was heard. */
export interface SpokenText {
  /** The text as written. */
  readonly reply: string;
  /** The beginning of `reply` that was heard. */
  readonly heard: string;
  readonly heardMs: number;
}

/** Returns the part of a turn that was heard so far. */
export function heardSoFar(speech: Speech, nowMs: number): SpokenText {
  const ms = heardMs(speech.playback, nowMs);
  return spokenText(speech, heardText(speech.utterance, ms), ms);
}

/** Returns the heard text of a turn that was played to its end, or to the point where the voice was lost. */
export function heardInAll(speech: Speech): SpokenText {
  const { utterance, playback, voice } = speech;
  const ms = playback.receivedBytes / MULAW_BYTES_PER_MS;
  return spokenText(speech, voice.kind === 'broken' ? heardText(utterance, ms) : utterance.written, ms);
}

/** Leaves out the filler. */
function spokenText({ utterance }: Speech, heard: string, ms: number): SpokenText {
  return { reply: utterance.written, heard, heardMs: Math.round(Math.max(0, ms - replyStartMs(utterance))) };
}
