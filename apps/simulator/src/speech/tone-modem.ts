/**
 * Encodes words as sound and decodes them. Audio is mulaw at 8 kHz; positions and lengths are in samples, one byte each.
 *
 * A word is a start mark, a header (length, text, checksum) as nibbles, and a tone whose bytes all follow from the
 * header. The decoder therefore notices the first wrong byte, and frames need no alignment.
 */
export const SAMPLES_PER_MS = 8;
export const FRAME_MS = 20;
export const FRAME_BYTES = FRAME_MS * SAMPLES_PER_MS;
export const SILENT_SAMPLE = 0xff;

/** The loudest code of either sign: it appears in marks only. */
const MARK = Uint8Array.of(0x00, 0x80, 0x00, 0x00, 0x80, 0x80, 0x00, 0x80);
/** Knuth-Morris-Pratt table: by matched length, the length still matched when the next byte differs. */
const MARK_FALLBACK = fallbacksOf(MARK);
const MAX_WORD_BYTES = 200;
/** Bytes of the header besides the text: sample count (2), text size (1), checksum (2). */
const HEADER_FRAME_BYTES = 5;
const MIN_TONE_SAMPLES = 8;

/** The silence after a word at pace 1, chosen for about 2.8 words per second. */
const gapsMs = { word: 40, comma: 80, sentence: 150 } as const;

export interface SpokenWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface DecodedWord extends SpokenWord {
  /** True when the word is damaged or incomplete; `text` is empty when its header is damaged. */
  readonly cut: boolean;
}

export interface EncodedSpeech {
  readonly audio: Uint8Array;
  readonly words: readonly SpokenWord[];
}

/** Splits a text at white space, and a word that is too long for a header into several. */
export function splitIntoWords(text: string): string[] {
  return text
    .split(/\s+/u)
    .filter((word) => word !== '')
    .flatMap(splitLongWord);
}

/** Encodes a text at about 2.8 words per second, times `pace`. The audio ends with the pause after the last word. */
export function encodeSpeech(text: string, pace = 1): EncodedSpeech {
  const pieces: Uint8Array[] = [];
  const words: SpokenWord[] = [];
  let position = 0;
  for (const word of splitIntoWords(text)) {
    const tone = encodeWord(word, wordSamples(word, pace));
    const gap = silentAudio(Math.round((gapAfter(word) * SAMPLES_PER_MS) / pace));
    words.push({ text: word, start: position, end: position + tone.length });
    pieces.push(tone, gap);
    position += tone.length + gap.length;
  }
  const audio = new Uint8Array(position);
  let offset = 0;
  for (const piece of pieces) {
    audio.set(piece, offset);
    offset += piece.length;
  }
  return { audio, words };
}

export function silentAudio(samples: number): Uint8Array {
  return new Uint8Array(samples).fill(SILENT_SAMPLE);
}

/** Loud audio without words; the same for the same seed. */
export function noiseAudio(samples: number, seed = 1): Uint8Array {
  const audio = new Uint8Array(samples);
  let random = seed | 1;
  for (let i = 0; i < samples; i += 1) {
    random = next(random);
    audio[i] = (random & 0x80) | (0x20 + ((random >>> 8) & 0x1f));
  }
  return audio;
}

/** Whether a sample is as loud as speech and noise of this modem. */
export function isLoud(code: number): boolean {
  return (code & 0x7f) < 0x60;
}

/** Encodes one word in `samples` bytes, or more if the word's header needs more. */
function encodeWord(text: string, samples: number): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length === 0 || bytes.length > MAX_WORD_BYTES) {
    throw new RangeError(`A word must have 1 to ${MAX_WORD_BYTES} bytes`);
  }
  const headerSamples = MARK.length + 2 * (bytes.length + HEADER_FRAME_BYTES);
  const length = Math.min(0xffff, Math.max(samples, headerSamples + MIN_TONE_SAMPLES));
  const header = headerOf(bytes, length);
  const audio = new Uint8Array(length);
  audio.set(MARK);
  for (let i = 0; i < header.length; i += 1) {
    audio[MARK.length + 2 * i] = 0x90 | (header[i]! >> 4);
    audio[MARK.length + 2 * i + 1] = 0x10 | (header[i]! & 0x0f);
  }
  writeTone(audio, headerSamples, checksum(header, header.length));
  return audio;
}

/** Decodes words from audio chunks of any size. */
export class WordDecoder {
  private phase: 'searching' | 'header' | 'tone' = 'searching';
  private matched = 0;
  private header: number[] = [];
  private high = 0;
  private nibbles = 0;
  private start = 0;
  private word: { text: string; audio: Uint8Array } | undefined;
  private read = 0;

  /** Samples processed so far. */
  get position(): number {
    return this.read;
  }

  /** The word that has begun but not ended; its text is known once its header is complete. */
  get current(): { readonly text: string | undefined; readonly start: number } | undefined {
    if (this.phase === 'searching') return undefined;
    return { text: this.word?.text, start: this.start };
  }

  push(audio: Uint8Array): DecodedWord[] {
    const decoded: DecodedWord[] = [];
    let i = 0;
    while (i < audio.length) i = this.step(audio, i, decoded);
    this.read += audio.length;
    return decoded;
  }

  /** Ends the audio; an incomplete word is returned as cut. */
  finish(): DecodedWord[] {
    const decoded: DecodedWord[] = [];
    if (this.phase !== 'searching') this.cut(this.read, decoded);
    return decoded;
  }

  /** Processes bytes from `i` on and returns the next index; a byte that breaks a word is processed again. */
  private step(audio: Uint8Array, i: number, decoded: DecodedWord[]): number {
    if (this.phase === 'searching') return this.search(audio, i);
    if (this.phase === 'header') return this.readHeader(audio, i, decoded);
    const { text, audio: expected } = this.word!;
    const from = this.read + i - this.start;
    const length = Math.min(expected.length - from, audio.length - i);
    for (let k = 0; k < length; k += 1) {
      if (audio[i + k] === expected[from + k]) continue;
      this.cut(this.read + i + k, decoded);
      return i + k;
    }
    if (from + length === expected.length) {
      const end = this.start + expected.length;
      decoded.push({ text, start: this.start, end, cut: false });
      this.searchAgain();
    }
    return i + length;
  }

  private search(audio: Uint8Array, from: number): number {
    let i = from;
    if (this.matched === 0) {
      i = audio.indexOf(MARK[0]!, from);
      if (i === -1) return audio.length;
    }
    for (; i < audio.length; i += 1) {
      while (this.matched > 0 && audio[i] !== MARK[this.matched]) {
        this.matched = MARK_FALLBACK[this.matched]!;
      }
      if (audio[i] === MARK[this.matched]) this.matched += 1;
      if (this.matched === 0) return i + 1;
      if (this.matched === MARK.length) {
        this.phase = 'header';
        this.matched = 0;
        this.start = this.read + i + 1 - MARK.length;
        return i + 1;
      }
    }
    return i;
  }

  private readHeader(audio: Uint8Array, from: number, decoded: DecodedWord[]): number {
    for (let i = from; i < audio.length; i += 1) {
      const code = audio[i]!;
      const isHigh = this.nibbles % 2 === 0;
      if ((code & 0xf0) !== (isHigh ? 0x90 : 0x10)) {
        this.cut(this.read + i, decoded);
        return i;
      }
      this.nibbles += 1;
      if (isHigh) {
        this.high = code & 0x0f;
        continue;
      }
      this.header.push((this.high << 4) | (code & 0x0f));
      const size = this.header[2];
      if (size === undefined || this.header.length < size + HEADER_FRAME_BYTES) continue;
      const word = wordFrom(this.header);
      if (!word) {
        this.cut(this.read + i + 1, decoded);
        return i + 1;
      }
      this.word = word;
      this.phase = 'tone';
      return i + 1;
    }
    return audio.length;
  }

  private cut(end: number, decoded: DecodedWord[]): void {
    decoded.push({ text: this.word?.text ?? '', start: this.start, end, cut: true });
    this.searchAgain();
  }

  private searchAgain(): void {
    this.phase = 'searching';
    this.matched = 0;
    this.header = [];
    this.nibbles = 0;
    this.word = undefined;
  }
}

function splitLongWord(word: string): string[] {
  const encoder = new TextEncoder();
  if (encoder.encode(word).length <= MAX_WORD_BYTES) return [word];
  const pieces = [''];
  for (const character of word) {
    const longer = pieces.at(-1)! + character;
    if (encoder.encode(longer).length <= MAX_WORD_BYTES) pieces[pieces.length - 1] = longer;
    else pieces.push(character);
  }
  return pieces;
}

function wordSamples(word: string, pace: number): number {
  const ms = Math.min(700, Math.max(180, 140 + 36 * word.length));
  return Math.round((ms * SAMPLES_PER_MS) / pace);
}

function gapAfter(word: string): number {
  if (/[.!?…]["')\]]?$/u.test(word)) return gapsMs.sentence;
  return /[,;:–-]$/u.test(word) ? gapsMs.comma : gapsMs.word;
}

function headerOf(text: Uint8Array, length: number): Uint8Array {
  const header = new Uint8Array(text.length + HEADER_FRAME_BYTES);
  header.set([length >> 8, length & 0xff, text.length]);
  header.set(text, 3);
  const sum = checksum(header, text.length + 3);
  header.set([(sum >> 8) & 0xff, sum & 0xff], text.length + 3);
  return header;
}

function wordFrom(header: readonly number[]): { text: string; audio: Uint8Array } | undefined {
  const size = header[2]!;
  const bytes = Uint8Array.from(header.slice(3, 3 + size));
  const sum = checksum(header, size + 3);
  const isIntact = header[size + 3] === ((sum >> 8) & 0xff) && header[size + 4] === (sum & 0xff);
  if (!isIntact || size === 0 || size > MAX_WORD_BYTES) return undefined;
  const text = new TextDecoder().decode(bytes);
  return { text, audio: encodeWord(text, (header[0]! << 8) | header[1]!) };
}

/** FNV-1a, 32 bits. */
function checksum(bytes: ArrayLike<number>, length: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < length; i += 1) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}

/** xorshift32. */
function next(random: number): number {
  let x = random ^ (random << 13);
  x ^= x >>> 17;
  return x ^ (x << 5);
}

/** A tone of 150 to 350 Hz with random low bits, so that no part of it matches another part. */
function writeTone(audio: Uint8Array, from: number, seed: number): void {
  const length = audio.length - from;
  const period = 23 + (seed % 31);
  let random = seed | 1;
  for (let i = 0; i < length; i += 1) {
    random = next(random);
    const phase = (i % period) / period;
    const isEdge = i < 80 || i >= length - 80;
    const isPeak = Math.abs((phase % 0.5) - 0.25) < 0.15;
    const segment = (isPeak ? 2 : 3) + (isEdge ? 1 : 0);
    audio[from + i] = (phase < 0.5 ? 0x80 : 0) | (segment << 4) | (random & 0x0f);
  }
}

function fallbacksOf(pattern: Uint8Array): number[] {
  const fallbacks = [0, 0];
  for (let i = 1, k = 0; i < pattern.length; i += 1) {
    while (k > 0 && pattern[i] !== pattern[k]) k = fallbacks[k]!;
    if (pattern[i] === pattern[k]) k += 1;
    fallbacks[i + 1] = k;
  }
  return fallbacks;
}
