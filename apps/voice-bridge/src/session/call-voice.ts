import type { SpokenText } from '@parley/turn-taking';
import type { MediaOutput } from './media-output.js';
import type {
  TextToSpeech,
  VoiceOptions,
  VoiceSignal,
  VoiceStream,
} from '../text-to-speech/text-to-speech.js';
import type { SpeechListener } from './speech-actions.js';
import { TurnSpeech } from './turn-speech.js';

/** How often the voice stream gets a tick, which sends keepalives when they are due. */
const VOICE_TICK_MS = 500;

/** Speaks the turns of a call, one after the other: sentences to the voice, paced audio to the caller. */
export class CallVoice {
  readonly #voice: VoiceStream;
  #turn: TurnSpeech | undefined;
  /** The playback generation of the previous turn. */
  #generation = 0;
  #isClosed = false;
  #voiceTickAtMs = 0;

  constructor(
    voice: TextToSpeech,
    private readonly options: VoiceOptions,
    private readonly media: MediaOutput,
    private readonly listener: SpeechListener,
  ) {
    this.#voice = voice.open(options, (signal) => this.#take(signal));
  }

  /** @param whenStored the voice gets the sentence after this settles */
  speak(turnNo: number, sentence: string, whenStored: Promise<void>): void {
    this.#turnOf(turnNo).speak(sentence, whenStored);
  }

  /** Plays a filler before the text of a late reply. */
  fill(turnNo: number, text: string): void {
    this.#turnOf(turnNo).fill(text);
  }

  /** Marks the text of the turn as complete. A turn without text ends at once. */
  finish(turnNo: number): void {
    this.#turnOf(turnNo).finish();
  }

  suspend(turnNo: number, nowMs: number): void {
    this.#find(turnNo)?.suspend(nowMs);
  }

  resume(turnNo: number, nowMs: number): void {
    this.#find(turnNo)?.resume(nowMs);
  }

  /** Ends a turn and returns its text. If `wasCut`, also drops the audio that was not heard. */
  close(turnNo: number, nowMs: number, wasCut: boolean): SpokenText {
    const turn = this.#find(turnNo);
    if (!turn) return { reply: '', heard: '', heardMs: 0 };
    const said = wasCut ? turn.cut(nowMs) : turn.end();
    this.#generation = turn.generation;
    this.#turn = undefined;
    return said;
  }

  /** Returns the text of the current turn, and the part that has been heard. */
  currentText(nowMs: number): (SpokenText & { turnNo: number; generation: number }) | undefined {
    const turn = this.#turn;
    return turn && { turnNo: turn.turnNo, generation: turn.generation, ...turn.heard(nowMs) };
  }

  mark(name: string, nowMs: number): void {
    this.#turn?.mark(name, nowMs);
  }

  tick(nowMs: number): void {
    if (nowMs >= this.#voiceTickAtMs) {
      this.#voiceTickAtMs = nowMs + VOICE_TICK_MS;
      this.#voice.tick(nowMs);
    }
    this.#turn?.tick(nowMs);
  }

  closeVoice(): void {
    this.#isClosed = true;
    this.#voice.close();
  }

  #turnOf(turnNo: number): TurnSpeech {
    const current = this.#find(turnNo);
    if (current) return current;
    this.#turn?.drop();
    this.#generation = Math.max(this.#generation, this.#turn?.generation ?? 0) + 1;
    this.#turn = new TurnSpeech({
      turnNo,
      generation: this.#generation,
      language: this.options.languages[0],
      voice: this.#voice,
      media: this.media,
      listener: this.listener,
      now: () => performance.now(),
    });
    return this.#turn;
  }

  #find(turnNo: number): TurnSpeech | undefined {
    return this.#turn?.turnNo === turnNo ? this.#turn : undefined;
  }

  #take(signal: VoiceSignal): void {
    const turn = this.#turn;
    if (this.#isClosed || !turn) return;
    if (signal.kind !== 'lost') return turn.take(signal, performance.now());
    if (signal.utterances.includes(turn.utteranceId)) turn.lose(signal.reason);
  }
}
