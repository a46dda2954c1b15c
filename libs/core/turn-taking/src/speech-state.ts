import { asideMs, heardText } from './heard-words.js';
import { MULAW_BYTES_PER_MS } from './mulaw.js';
import { heardMs, newPlayback, type Playback, type PlaybackMessage } from './playback.js';
import type { PlaybackEvent } from './turn-input.js';
import { newUtterance, type Utterance } from './utterance.js';
import type { VoiceChunk } from './voice-timings.js';

/** What one turn says: its text on the way to the voice, its audio on the way to the caller. */
export interface Speech {
  readonly turnNo: number;
  readonly utterance: Utterance;
  readonly playback: Playback;
  /** Texts that the voice may have only once they are stored, in order. */
  readonly unstored: readonly Unstored[];
  /** All text that the voice has had so far. */
  readonly given: string;
  readonly voice: VoicePhase;
  /** From 1: a voice that is lost before any sound is tried once more. */
  readonly attempt: number;
  /** When the voice had its last text, … */
  readonly textAtMs: number;
  /** … and when its last audio arrived. */
  readonly audioAtMs?: number;
  /** `complete`: no sentence follows. */
  readonly text: 'open' | 'complete';
  /** `reported`: turn-taking knows that all of it was heard. `over`: the turn is closed. */
  readonly stage: 'open' | 'reported' | 'over';
  readonly hasStarted: boolean;
  /** When playback may need more messages. */
  readonly refillAtMs?: number;
}

export type Unstored = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'end' };

export type VoicePhase =
  /** It has the text so far, and more may follow. */
  | { readonly kind: 'receiving' }
  /** It was lost before any sound; another connection gets the text then. */
  | { readonly kind: 'pausing'; readonly untilMs: number }
  /** It has all of the text. */
  | { readonly kind: 'finished'; readonly atMs: number }
  /** It was lost on the way: some of the text has no audio. */
  | { readonly kind: 'broken' };

/** `isWritable`: whether the caller's network takes what we send. */
export type SpeechInput = { readonly atMs: number; readonly isWritable: boolean } & SpeechChange;

export type SpeechChange =
  | { readonly kind: 'sentence' | 'filler'; readonly text: string }
  | { readonly kind: 'text-complete' }
  /** The oldest text that was not stored is stored now. */
  | { readonly kind: 'stored' }
  | { readonly kind: 'audio'; readonly utteranceId: string; readonly chunk: VoiceChunk }
  | { readonly kind: 'audio-complete'; readonly utteranceId: string }
  | { readonly kind: 'voice-lost'; readonly reason: string }
  | { readonly kind: 'mark'; readonly name: string }
  | { readonly kind: 'suspend' }
  /** `heldFromByte`: audio before this byte is not held any more. */
  | { readonly kind: 'resume'; readonly heldFromByte: number }
  /** All of it was heard, or as much as there is. */
  | { readonly kind: 'end' }
  /** What was not heard is dropped. */
  | { readonly kind: 'cut' }
  /** Another turn speaks: the voice need not go on. */
  | { readonly kind: 'drop' }
  | { readonly kind: 'tick' };

/** What the shell does, in this order. */
export type SpeechOutput =
  | { readonly kind: 'voice-speak'; readonly utteranceId: string; readonly text: string }
  | { readonly kind: 'voice-finish' | 'voice-drop'; readonly utteranceId: string }
  | { readonly kind: 'voice-reconnect' }
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
  /** The turn has had no sound on two connections. */
  | { readonly kind: 'unavailable'; readonly reason: string };

export type SpeechMoment = 'firstAudioMs' | 'firstMarkHeardMs';

export interface SpeechStep {
  readonly speech: Speech;
  readonly outputs: readonly SpeechOutput[];
}

/** @param generation of its playback: higher than any that this call has had */
export function newSpeech(turnNo: number, generation: number, language: string): Speech {
  return {
    turnNo,
    utterance: newUtterance(language),
    playback: newPlayback(turnNo, generation),
    unstored: [],
    given: '',
    voice: { kind: 'receiving' },
    attempt: 1,
    textAtMs: 0,
    text: 'open',
    stage: 'open',
    hasStarted: false,
  };
}

/** Names the turn's audio at the voice; a second attempt has another name. */
export const utteranceIdOf = ({ turnNo, attempt }: Speech): string => `t${turnNo}u${attempt}`;

/** What a turn has said. */
export interface SpokenText {
  /** As written. */
  readonly reply: string;
  /** The beginning of it that was heard. */
  readonly heard: string;
  readonly heardMs: number;
}

/** How far a turn has been heard by now. */
export function heardSoFar(speech: Speech, nowMs: number): SpokenText {
  const ms = heardMs(speech.playback, nowMs);
  return spokenText(speech, heardText(speech.utterance, ms), ms);
}

/** The heard text of a turn that was played to its end, or to the point where the voice was lost. */
export function heardInAll(speech: Speech): SpokenText {
  const { utterance, playback, voice } = speech;
  const ms = playback.receivedBytes / MULAW_BYTES_PER_MS;
  return spokenText(speech, voice.kind === 'broken' ? heardText(utterance, ms) : utterance.written, ms);
}

/** A filler's audio does not count. */
function spokenText({ utterance }: Speech, heard: string, ms: number): SpokenText {
  return { reply: utterance.written, heard, heardMs: Math.round(Math.max(0, ms - asideMs(utterance))) };
}
