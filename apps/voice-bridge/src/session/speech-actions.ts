import { assertNever } from '@parley/kernel';
import type { PlaybackEvent, PlaybackMessage, SpeechMoment, SpeechOutput } from '@parley/turn-taking';
import type { VoiceStream } from '../text-to-speech/text-to-speech.js';
import { AudioTrack } from './audio-track.js';
import type { MediaOutput } from './media-output.js';

export interface SpeechListener {
  playback(event: PlaybackEvent): void;
  moment(turnNo: number, moment: SpeechMoment, atMs: number): void;
  synthesised(turnNo: number, characters: number): void;
  /** Called when the voice was lost in the middle of a turn; the text without audio is lost. */
  failed(turnNo: number, reason: string): void;
  /** Called when a turn got no audio on two connections. */
  unavailable(reason: string): void;
}

export interface SpeechActionsParts {
  readonly turnNo: number;
  readonly voice: VoiceStream;
  readonly media: MediaOutput;
  readonly listener: SpeechListener;
}

/** Carries out the decisions of `stepSpeech` for one turn, and holds the turn's audio until the caller has heard it. */
export class SpeechActions {
  readonly #track = new AudioTrack();

  constructor(private readonly parts: SpeechActionsParts) {}

  /** Audio before this byte was dropped. */
  get heldFromByte(): number {
    return this.#track.start;
  }

  /** @param audio the audio that came with the input of this step, if any */
  do(output: SpeechOutput, audio?: Buffer): void {
    const { turnNo, voice, media, listener } = this.parts;
    switch (output.kind) {
      case 'voice-speak':
        return voice.speak(output.utteranceId, output.text);
      case 'voice-finish':
        return voice.finish(output.utteranceId);
      case 'voice-drop':
        return voice.drop(output.utteranceId);
      case 'voice-reconnect':
        return voice.reconnect();
      case 'hold-audio':
        return audio && this.#track.append(audio);
      case 'play':
        return this.#play(output.messages);
      case 'clear':
        return media.clear();
      case 'forget-audio':
        return this.#track.forgetBefore(output.beforeByte);
      case 'report':
        return listener.playback(output.event);
      case 'moment':
        return listener.moment(turnNo, output.moment, output.atMs);
      case 'synthesised':
        return listener.synthesised(turnNo, output.characters);
      case 'failed':
        return listener.failed(turnNo, output.reason);
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
