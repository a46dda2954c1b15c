import { AudioStepDecoder, type AudioStep, type RecognisedWord } from './audio-step-decoder.js';

export interface NovaOptions {
  readonly interimResults: boolean;
  /** Silence that ends an utterance; null disables endpointing. */
  readonly endpointingMs: number | null;
  readonly utteranceEndMs: number | null;
  readonly vadEvents: boolean;
  /** True keeps the capitals and punctuation of the words; false writes lower case without punctuation. */
  readonly punctuate: boolean;
  readonly languages: readonly string[] | null;
}

const INTERIM_MS = 250;
const SILENT_INTERIM_MS = 1_000;
/** A final result covers at most about this much speech. */
const PIECE_MS = 4_000;
const SILENT_PIECE_MS = 5_000;
const CONFIDENCE = 0.98;

interface ResultFlags {
  readonly isFinal: boolean;
  readonly speechFinal: boolean;
  readonly fromFinalize?: boolean;
}

/** The recogniser of `/v1/listen`: converts audio to messages. Time is the position in the audio, not the clock. */
export class NovaRecogniser {
  private readonly steps = new AudioStepDecoder();
  private nowMs = 0;
  private words: RecognisedWord[] = [];
  private pieceStartMs = 0;
  private lastResultMs = 0;
  private lastLoudMs = 0;
  private lastWordEndMs: number | null = null;
  private isSpeaking = false;
  private messages: object[] = [];

  constructor(
    private readonly options: NovaOptions,
    private readonly metadata: object,
  ) {}

  /** Milliseconds of audio processed so far. */
  get audioMs(): number {
    return this.nowMs;
  }

  push(audio: Uint8Array): object[] {
    for (const step of this.steps.push(audio)) this.step(step);
    return this.takeMessages();
  }

  /** Returns a final result for the remaining audio, on `Finalize` and at the end of the stream. */
  finalize(): object[] {
    if (this.audioMs > this.pieceStartMs) {
      this.result({ isFinal: true, speechFinal: this.words.length > 0, fromFinalize: true });
    }
    return this.takeMessages();
  }

  private takeMessages(): object[] {
    const { messages } = this;
    this.messages = [];
    return messages;
  }

  private step({ atMs, words, isLoud, currentWordStartMs }: AudioStep): void {
    const { interimResults, endpointingMs, utteranceEndMs, vadEvents } = this.options;
    this.nowMs = atMs;
    this.words.push(...words);
    this.lastWordEndMs = words.at(-1)?.endMs ?? this.lastWordEndMs;
    if (isLoud) {
      if (!this.isSpeaking && vadEvents) {
        this.messages.push({ type: 'SpeechStarted', channel: [0], timestamp: seconds(atMs - 20) });
      }
      this.isSpeaking = true;
      this.lastLoudMs = atMs;
    }
    if (this.isSpeaking && endpointingMs !== null && atMs - this.lastLoudMs >= endpointingMs) {
      this.isSpeaking = false;
      if (this.words.length > 0) this.result({ isFinal: true, speechFinal: true });
    }
    const hasSpeech = this.words.length > 0 || this.isSpeaking;
    const isPiece = atMs - this.pieceStartMs >= (hasSpeech ? PIECE_MS : SILENT_PIECE_MS);
    if (isPiece && currentWordStartMs === null) this.result({ isFinal: true, speechFinal: false });
    const interimMs = hasSpeech ? INTERIM_MS : SILENT_INTERIM_MS;
    if (interimResults && atMs - this.lastResultMs >= interimMs) {
      this.result({ isFinal: false, speechFinal: false });
    }
    const wordsOver = this.lastWordEndMs !== null && currentWordStartMs === null;
    if (utteranceEndMs !== null && wordsOver && atMs - this.lastWordEndMs! >= utteranceEndMs) {
      if (this.words.length > 0) this.result({ isFinal: true, speechFinal: false });
      this.messages.push({
        type: 'UtteranceEnd',
        channel: [0, 1],
        last_word_end: seconds(this.lastWordEndMs!),
      });
      this.lastWordEndMs = null;
    }
  }

  private result({ isFinal, speechFinal, fromFinalize = false }: ResultFlags): void {
    const { punctuate, languages } = this.options;
    const words = this.words.map(({ text, startMs, endMs }) => ({
      word: plain(text),
      start: seconds(startMs),
      end: seconds(endMs),
      confidence: CONFIDENCE,
      ...(punctuate ? { punctuated_word: text } : {}),
      ...(languages ? { language: languages[0] } : {}),
    }));
    const transcript = this.words.map(({ text }) => (punctuate ? text : plain(text))).join(' ');
    this.messages.push({
      type: 'Results',
      channel_index: [0, 1],
      duration: seconds(this.audioMs - this.pieceStartMs),
      start: seconds(this.pieceStartMs),
      is_final: isFinal,
      speech_final: speechFinal,
      channel: {
        alternatives: [
          {
            transcript,
            confidence: transcript === '' ? 0 : CONFIDENCE,
            words,
            ...(languages ? { languages } : {}),
          },
        ],
      },
      metadata: this.metadata,
      from_finalize: fromFinalize,
    });
    this.lastResultMs = this.audioMs;
    if (!isFinal) return;
    this.words = [];
    this.pieceStartMs = this.audioMs;
  }
}

const seconds = (ms: number): number => Math.round(ms) / 1_000;

/** Removes case and punctuation; leaves the `[cut:…]` of a damaged word. */
function plain(text: string): string {
  if (text.startsWith('[cut:')) return text;
  const bare = text.toLowerCase().replace(/^[^\p{L}\p{N}$€£#@+]+|[^\p{L}\p{N}%]+$/gu, '');
  return bare === '' ? text : bare;
}
