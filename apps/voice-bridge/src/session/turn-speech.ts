import { assertNever } from '@parley/kernel';
import {
  DEFAULT_PLAYBACK_POLICY,
  heardInAll,
  heardSoFar,
  newSpeech,
  type PlaybackEvent,
  type PlaybackMessage,
  type Speech,
  type SpeechChange,
  type SpeechMoment,
  type SpeechOutput,
  type SpokenText,
  stepSpeech,
  utteranceIdOf,
} from '@parley/turn-taking';
import { AudioTrack } from './audio-track.js';
import type { MediaOutput } from './media-output.js';
import type { VoiceSignal, VoiceStream } from '../text-to-speech/text-to-speech.js';

export interface SpeechListener {
  playback(event: PlaybackEvent): void;
  moment(turnNo: number, moment: SpeechMoment, atMs: number): void;
  synthesised(turnNo: number, characters: number): void;
  /** Called when the voice was lost in the middle of a turn; the text without audio is lost. */
  failed(turnNo: number, reason: string): void;
  /** Called when a turn got no audio on two connections. */
  unavailable(reason: string): void;
}

export interface SpeechParts {
  /** The generation of the turn's playback: higher than any earlier one of this call. */
  readonly generation: number;
  readonly language: string;
  readonly voice: VoiceStream;
  readonly media: MediaOutput;
  readonly listener: SpeechListener;
  /** The clock of every `nowMs`. */
  readonly now: () => number;
}

/** Carries out the decisions of `stepSpeech` for one turn: passes its text to the voice and its audio to the caller. */
export class TurnSpeech {
  readonly #track = new AudioTrack();
  #speech: Speech;
  #lastStored: Promise<void> = Promise.resolve();

  constructor(
    readonly turnNo: number,
    private readonly parts: SpeechParts,
  ) {
    this.#speech = newSpeech(turnNo, parts.generation, parts.language);
  }

  get utteranceId(): string {
    return utteranceIdOf(this.#speech);
  }

  get generation(): number {
    return this.#speech.playback.generation;
  }

  /** @param whenStored the voice gets the sentence after this settles */
  speak(sentence: string, whenStored: Promise<void>): void {
    this.#step({ kind: 'sentence', text: sentence });
    this.#release(whenStored);
  }

  /** Plays a filler before the text of a late reply. */
  fill(text: string): void {
    this.#step({ kind: 'filler', text });
    this.#release(Promise.resolve());
  }

  /** Marks the text of the turn as complete. A turn without text ends at once. */
  finish(): void {
    this.#step({ kind: 'text-complete' });
    this.#release(Promise.resolve());
  }

  suspend(nowMs: number): void {
    this.#step({ kind: 'suspend' }, nowMs);
  }

  resume(nowMs: number): void {
    this.#step({ kind: 'resume', heldFromByte: this.#track.start }, nowMs);
  }

  heard(nowMs: number): SpokenText {
    return heardSoFar(this.#speech, nowMs);
  }

  /** Ends a turn that was played to its end. */
  end(): SpokenText {
    this.#step({ kind: 'end' });
    return heardInAll(this.#speech);
  }

  /** Ends a turn and drops the audio that was not heard. */
  cut(nowMs: number): SpokenText {
    this.#step({ kind: 'cut' }, nowMs);
    return heardSoFar(this.#speech, nowMs);
  }

  drop(): void {
    this.#step({ kind: 'drop' });
  }

  mark(name: string, nowMs: number): void {
    this.#step({ kind: 'mark', name }, nowMs);
  }

  tick(nowMs: number): void {
    this.#step({ kind: 'tick' }, nowMs);
  }

  take(signal: Exclude<VoiceSignal, { kind: 'lost' }>, nowMs: number): void {
    const { utterance: utteranceId } = signal;
    if (signal.kind === 'finished') return this.#step({ kind: 'audio-complete', utteranceId }, nowMs);
    if (utteranceId !== this.utteranceId || this.#speech.playback.isAudioComplete) return;
    this.#track.append(signal.audio);
    this.#step({ kind: 'audio', utteranceId, chunk: signal.chunk }, nowMs);
  }

  lose(reason: string): void {
    this.#step({ kind: 'voice-lost', reason });
  }

  /** Passes texts to the voice in the order in which they were added. */
  #release(whenStored: Promise<void>): void {
    const before = this.#lastStored;
    const released = Promise.all([before, whenStored]).then(() => this.#step({ kind: 'stored' }));
    this.#lastStored = released.catch((error: unknown) =>
      this.parts.listener.failed(this.turnNo, String(error)),
    );
  }

  #step(change: SpeechChange, atMs = this.parts.now()): void {
    const input = { ...change, atMs, isWritable: this.parts.media.isWritable };
    const { speech, outputs } = stepSpeech(this.#speech, input, DEFAULT_PLAYBACK_POLICY);
    this.#speech = speech;
    for (const output of outputs) this.#do(output);
  }

  #do(output: SpeechOutput): void {
    const { voice, media, listener } = this.parts;
    switch (output.kind) {
      case 'voice-speak':
        return voice.speak(output.utteranceId, output.text);
      case 'voice-finish':
        return voice.finish(output.utteranceId);
      case 'voice-drop':
        return voice.drop(output.utteranceId);
      case 'voice-reconnect':
        return voice.reconnect();
      case 'play':
        return this.#play(output.messages);
      case 'clear':
        return media.clear();
      case 'forget-audio':
        return this.#track.forgetBefore(output.beforeByte);
      case 'report':
        return listener.playback(output.event);
      case 'moment':
        return listener.moment(this.turnNo, output.moment, output.atMs);
      case 'synthesised':
        return listener.synthesised(this.turnNo, output.characters);
      case 'failed':
        return listener.failed(this.turnNo, output.reason);
      case 'unavailable':
        return listener.unavailable(output.reason);
      default:
        return assertNever(output);
    }
  }

  #play(messages: readonly PlaybackMessage[]): void {
    const { media } = this.parts;
    media.together(() => {
      for (const { fromByte, toByte, padBytes, mark } of messages) {
        media.play(this.#track.slice(fromByte, toByte, padBytes));
        media.mark(mark);
      }
    });
  }
}
