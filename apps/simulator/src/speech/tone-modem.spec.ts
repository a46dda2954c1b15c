import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FRAME_BYTES,
  type DecodedWord,
  isLoud,
  noiseAudio,
  SAMPLES_PER_MS,
  silentAudio,
  encodeSpeech,
  WordDecoder,
  splitIntoWords,
} from './tone-modem.js';

const TEXT = 'Hello, this is Parley. Your order 4711 costs $415; it’s on its way – größe 👋🏽!';

function join(...pieces: Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(pieces));
}

function readAll(audio: Uint8Array, chunk = audio.length || 1): DecodedWord[] {
  const reader = new WordDecoder();
  const decoded: DecodedWord[] = [];
  for (let i = 0; i < audio.length; i += chunk) decoded.push(...reader.push(audio.subarray(i, i + chunk)));
  return [...decoded, ...reader.finish()];
}
const whole = (decoded: readonly DecodedWord[]) =>
  decoded.filter((word) => !word.cut).map((word) => word.text);

function isSubsequence(part: readonly string[], all: readonly string[]): boolean {
  let i = 0;
  for (const word of all) if (word === part[i]) i += 1;
  return i === part.length;
}

const sentence = fc
  .array(fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 8 })
  .map((words) => words.join(' '))
  .filter((text) => splitIntoWords(text).length > 0);
const pace = fc.constantFrom(1, 2, 4, 8);

describe('the tone modem', { timeout: 60_000 }, () => {
  it('the tone modem decodes the words with the times at which they were spoken', () => {
    const { audio, words } = encodeSpeech(TEXT);
    expect(readAll(audio)).toEqual(words.map((word) => ({ ...word, cut: false })));
    expect(words.map((word) => word.text)).toEqual(TEXT.split(' '));
  });

  it('the tone modem speaks about as fast and as loud as people do', () => {
    const { audio, words } = encodeSpeech(
      'I would like to change the delivery address of my last order please',
    );
    const seconds = audio.length / SAMPLES_PER_MS / 1_000;
    expect(words.length / seconds).toBeGreaterThan(2.5);
    expect(words.length / seconds).toBeLessThan(3.2);
    expect(audio.filter(isLoud).length / audio.length).toBeGreaterThan(0.8);
    expect([...silentAudio(100)].some(isLoud)).toBe(false);
    expect([...noiseAudio(100)].every(isLoud)).toBe(true);
  });

  it('the tone modem decodes the same words for any chunk size', () => {
    fc.assert(
      fc.property(
        sentence,
        pace,
        fc.integer({ min: 1, max: 1_000 }),
        fc.nat(500),
        (text, speed, chunk, lead) => {
          const { audio, words } = encodeSpeech(text, speed);
          const decoded = readAll(join(silentAudio(lead), audio), chunk);
          expect(decoded.map(({ text: spoken, start, cut }) => [spoken, start - lead, cut])).toEqual(
            words.map((word) => [
              new TextDecoder().decode(new TextEncoder().encode(word.text)),
              word.start,
              false,
            ]),
          );
        },
      ),
    );
  });

  it('audio cut at any position decodes to the whole words before it, and the cut word is marked', () => {
    const { audio, words } = encodeSpeech(TEXT, 2);
    for (let end = 0; end < audio.length; end += 7) {
      const decoded = readAll(join(audio.subarray(0, end), silentAudio(400)));
      const before = words.filter((word) => word.end <= end).map((word) => word.text);
      expect(whole(decoded)).toEqual(before);
      const broken = decoded.filter((word) => word.cut);
      expect(broken.length).toBeLessThanOrEqual(1);
      const inside = words.find((word) => word.start + 8 <= end && end < word.end);
      expect(broken.length).toBe(inside ? 1 : 0);
      if (inside) expect([inside.text, '']).toContain(broken[0]!.text);
    }
  });

  it.each([
    [
      'lost',
      (audio: Uint8Array, at: number) => join(audio.subarray(0, at), audio.subarray(at + FRAME_BYTES)),
    ],
    [
      'repeated',
      (audio: Uint8Array, at: number) => join(audio.subarray(0, at + FRAME_BYTES), audio.subarray(at)),
    ],
    [
      'swapped with the next',
      (audio: Uint8Array, at: number) =>
        join(
          audio.subarray(0, at),
          audio.subarray(at + FRAME_BYTES, at + 2 * FRAME_BYTES),
          audio.subarray(at, at + FRAME_BYTES),
          audio.subarray(at + 2 * FRAME_BYTES),
        ),
    ],
  ])('a frame that was %s inside a word damages only that word', (_what, damage) => {
    const { audio, words } = encodeSpeech(TEXT);
    const spoken = words.map((word) => word.text);
    for (let at = 0; at + 2 * FRAME_BYTES < audio.length; at += 33) {
      const decoded = readAll(damage(audio, at));
      expect(isSubsequence(whole(decoded), spoken)).toBe(true);
      const isInside = words.some((word) => word.start < at && at + 2 * FRAME_BYTES < word.end);
      if (isInside) expect(whole(decoded).length).toBe(spoken.length - 1);
    }
  });

  it('the tone decoder reports a lost frame at its position', () => {
    for (let i = 0; i < 60; i += 1) {
      const { audio } = encodeSpeech(`number${i}`);
      const at = 700 + 11 * i;
      const [broken] = readAll(join(audio.subarray(0, at), audio.subarray(at + FRAME_BYTES)));
      expect(broken).toMatchObject({ text: `number${i}`, cut: true });
      expect(broken!.end - at).toBeLessThan(16);
    }
  });

  it('a damaged header never decodes as another word', () => {
    const { audio } = encodeSpeech('cat');
    for (let at = 8; at < 8 + 2 * 8; at += 1) {
      const damaged = Uint8Array.from(audio);
      damaged[at] = damaged[at]! ^ 0x01;
      for (const word of readAll(damaged)) expect(word).toMatchObject({ text: '', cut: true });
    }
  });

  it('the tone decoder decodes damaged audio only to words that were spoken, in order', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(2_000), fc.constantFrom('drop', 'noise', 'silence')), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(sentence, damage, (text, damages) => {
        const speech = encodeSpeech(text, 2);
        let { audio } = speech;
        for (const [where, length, what] of damages) {
          const at = where % (audio.length + 1);
          const filler =
            what === 'noise' ? noiseAudio(length, where) : silentAudio(what === 'drop' ? 0 : length);
          audio = join(audio.subarray(0, at), filler, audio.subarray(what === 'drop' ? at + length : at));
        }
        const spoken = speech.words.map((word) =>
          new TextDecoder().decode(new TextEncoder().encode(word.text)),
        );
        expect(isSubsequence(whole(readAll(audio)), spoken)).toBe(true);
      }),
    );
  });

  it('the tone decoder decodes the words between noise, and no words from the noise', () => {
    const { audio, words } = encodeSpeech('after the noise', 3);
    const decoded = readAll(join(noiseAudio(5_001, 7), audio, noiseAudio(3_333, 9)), 160);
    expect(whole(decoded)).toEqual(words.map((word) => word.text));
  });

  it('the tone decoder reports the word in progress', () => {
    const { audio, words } = encodeSpeech('Wonderful weather');
    const reader = new WordDecoder();
    expect(reader.current).toBeUndefined();
    reader.push(audio.subarray(0, words[0]!.end - 1));
    expect(reader.current).toEqual({ text: 'Wonderful', start: 0 });
    reader.push(audio.subarray(words[0]!.end - 1, words[1]!.start));
    expect(reader.current).toBeUndefined();
  });

  it('a word that is too long for a header is encoded in parts', () => {
    const long = 'ü'.repeat(333);
    expect(whole(readAll(encodeSpeech(`a ${long} b`).audio)).join('')).toBe(`a${long}b`);
  });
});
