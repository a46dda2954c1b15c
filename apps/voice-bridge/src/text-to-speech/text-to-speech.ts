import type { VoiceChunk } from '@parley/turn-taking';

export type VoiceSignal =
  /** The next audio of an utterance: mulaw, 8 kHz, with the times of its characters where the vendor told them. */
  | { kind: 'audio'; utterance: string; audio: Buffer; chunk: VoiceChunk }
  /** No more audio of this utterance. May come many seconds late: nothing may wait for it. */
  | { kind: 'finished'; utterance: string }
  /** The connection is gone; the utterances that were under way end here. Others may be begun. */
  | { kind: 'lost'; reason: string; utterances: readonly string[] };

/** A voice that speaks in one call. */
export interface VoiceStream {
  /** Adds text to an utterance, which begins with its first text. Whole sentences sound best. */
  speak(utterance: string, text: string): void;
  /** No text follows: what is held back is spoken. */
  finish(utterance: string): void;
  /** Nothing more of this utterance is wanted: late audio is dropped. */
  drop(utterance: string): void;
  /** It says nothing though it should: its connections are given up, and what follows goes through another. */
  reconnect(): void;
  /** To be called at least every second: keeps utterances under way alive. */
  tick(nowMs: number): void;
  close(): void;
}

export interface VoiceOptions {
  /** Absent: the installation's own voice. */
  readonly voiceId: string | undefined;
  /** BCP 47: what it may have to speak, the likeliest first. */
  readonly languages: readonly [string, ...string[]];
}

/** Turns text into a voice, mulaw at 8 kHz. */
export abstract class TextToSpeech {
  /** The variable that names its model, for messages to the operator. */
  abstract readonly modelSetting: string;
  /** Whether it can speak this language (a tag such as `de-AT`). */
  abstract speaks(language: string): boolean;
  abstract open(options: VoiceOptions, onSignal: (signal: VoiceSignal) => void): VoiceStream;
}
