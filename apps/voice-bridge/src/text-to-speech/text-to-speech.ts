import type { VoiceChunk } from '@parley/turn-taking';

export type VoiceSignal =
  /** The next audio of an utterance: mulaw, 8 kHz, with the times of its characters if the vendor sent them. */
  | { kind: 'audio'; utterance: string; audio: Buffer; chunk: VoiceChunk }
  /** The utterance has no more audio. This signal can arrive many seconds late, so nothing may wait for it. */
  | { kind: 'finished'; utterance: string }
  /** The connection is lost, and these utterances end. Others may begin. */
  | { kind: 'lost'; reason: string; utterances: readonly string[] };

/** The voice of one call. */
export interface VoiceStream {
  /** Adds text to an utterance; the first text begins it. Whole sentences sound best. */
  speak(utterance: string, text: string): void;
  /** Marks the text as complete: the voice speaks the text that it held back. */
  finish(utterance: string): void;
  /** Ends an utterance; its late audio is dropped. */
  drop(utterance: string): void;
  /** Closes a silent connection; later text uses another one. */
  reconnect(): void;
  /** Called at least every second: keeps open utterances alive. */
  tick(nowMs: number): void;
  close(): void;
}

export interface VoiceOptions {
  /** Undefined: the installation's default voice. */
  readonly voiceId: string | undefined;
  /** The languages that the voice may have to speak, as BCP 47 tags, the most likely first. */
  readonly languages: readonly [string, ...string[]];
}

/** Text-to-speech, mulaw at 8 kHz. */
export abstract class TextToSpeech {
  /** The setting that names the model, for messages to the operator. */
  abstract readonly modelSetting: string;
  /** Returns whether the voice can speak this language (a tag such as `de-AT`). */
  abstract speaks(language: string): boolean;
  abstract open(options: VoiceOptions, onSignal: (signal: VoiceSignal) => void): VoiceStream;
}
