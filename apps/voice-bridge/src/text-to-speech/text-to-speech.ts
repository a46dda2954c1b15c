import type { VoiceChunk } from '@parley/turn-taking';

export type VoiceSignal =
  /** The next audio of an utterance: mulaw, 8 kHz, with the times of its characters if the vendor sent them. */
  | { kind: 'audio'; utterance: string; audio: Buffer; chunk: VoiceChunk }
  /** No more audio of this utterance. Can arrive many seconds late, so nothing may wait for it. */
  | { kind: 'finished'; utterance: string }
  /** The connection is lost; these utterances end here. Others may begin. */
  | { kind: 'lost'; reason: string; utterances: readonly string[] };

/** The voice of one call. */
export interface VoiceStream {
  /** Adds text to an utterance, which begins with its first text. Whole sentences sound best. */
  speak(utterance: string, text: string): void;
  /** No text follows: the voice speaks what it holds back. */
  finish(utterance: string): void;
  /** Ends an utterance; its late audio is dropped. */
  drop(utterance: string): void;
  /** Gives up a silent connection; later text goes through another. */
  reconnect(): void;
  /** Called at least every second: keeps open utterances alive. */
  tick(nowMs: number): void;
  close(): void;
}

export interface VoiceOptions {
  /** Absent: the installation's own voice. */
  readonly voiceId: string | undefined;
  /** BCP 47: what it may have to speak, the likeliest first. */
  readonly languages: readonly [string, ...string[]];
}

/** Text-to-speech, mulaw at 8 kHz. */
export abstract class TextToSpeech {
  /** The variable that names its model, for messages to the operator. */
  abstract readonly modelSetting: string;
  /** Whether it can speak this language (a tag such as `de-AT`). */
  abstract speaks(language: string): boolean;
  abstract open(options: VoiceOptions, onSignal: (signal: VoiceSignal) => void): VoiceStream;
}
