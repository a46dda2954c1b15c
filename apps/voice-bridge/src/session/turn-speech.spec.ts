import type { PlaybackEvent } from '@parley/turn-taking';
import { beforeEach, describe, expect, it } from 'vitest';
import { PhoneLine } from './phone-line.js';
import type { VoiceStream } from './text-to-speech.js';
import { TurnSpeech } from './turn-speech.js';

const KEPT = Promise.resolve();

/** Notes what it is to say. */
class NotedVoice implements VoiceStream {
  readonly got: string[] = [];
  speak(utterance: string, text: string): void {
    this.got.push(`${utterance}: ${text}`);
  }
  finish(utterance: string): void {
    this.got.push(`${utterance} whole`);
  }
  drop(utterance: string): void {
    this.got.push(`${utterance} dropped`);
  }
  tick(): void {}
  close(): void {}
}

/** Notes what it plays. */
class NotedLine extends PhoneLine {
  together(send: () => void): void {
    send();
  }
  override readonly isWritable = true;
  played: Buffer[] = [];
  readonly marks: string[] = [];
  get playedBytes(): number {
    return Buffer.concat(this.played).length;
  }
  play(audio: Buffer): void {
    this.played.push(audio);
  }
  mark(name: string): void {
    this.marks.push(name);
  }
  clear(): void {}
  hangUp(): void {}
}

let voice: NotedVoice;
let line: NotedLine;
let told: PlaybackEvent[];
let failures: string[];
let speech: TurnSpeech;

beforeEach(() => {
  voice = new NotedVoice();
  line = new NotedLine();
  told = [];
  failures = [];
  speech = new TurnSpeech(3, {
    generation: 1,
    language: 'en-US',
    voice,
    line,
    listener: {
      playback: (event) => told.push(event),
      moment: () => undefined,
      synthesised: () => undefined,
      failed: (_turnNo, reason) => failures.push(reason),
    },
  });
});

function pending(): { settled: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const settled = new Promise<void>((done) => (resolve = done));
  return { settled, resolve: () => resolve() };
}

/** Settled promises have been heeded. */
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what a turn says', () => {
  it('goes to the voice when it is written down, in order', async () => {
    const first = pending();
    speech.speak('We open at five. ', first.settled);
    speech.speak('And at six.', KEPT);
    speech.finish();
    await soon();
    expect(voice.got).toEqual([]);
    expect(speech.heard(0)).toEqual({ reply: 'We open at five. And at six.', heard: '', heardMs: 0 });
    first.resolve();
    await soon();
    expect(voice.got).toEqual(['t3u1: We open at five. ', 't3u1: And at six.', 't3u1 whole']);
  });

  it('is not said any more when the turn is cut before it was written down', async () => {
    const first = pending();
    speech.speak('We open at five. ', first.settled);
    expect(speech.cut(0)).toEqual({ reply: 'We open at five. ', heard: '', heardMs: 0 });
    first.resolve();
    await soon();
    expect(voice.got).toEqual([]);
  });

  it('is told to be over when there is nothing to say', async () => {
    speech.speak('\n', KEPT);
    speech.finish();
    await soon();
    expect(voice.got).toEqual([]);
    expect(told).toEqual([{ kind: 'playback-finished', turnNo: 3 }]);
  });

  it('is begun again when the voice is lost before any sound, once, and what waits follows once', async () => {
    const second = pending();
    speech.speak('We open at five. ', KEPT);
    speech.speak('And at six.', second.settled);
    await soon();
    speech.lose('gone');
    second.resolve();
    await soon();
    expect(voice.got).toEqual(['t3u1: We open at five. ', 't3u2: We open at five. ', 't3u2: And at six.']);
    speech.lose('gone again');
    expect(failures).toEqual(['gone again']);
  });

  it('is taken for whole when only the times of its end are missing', async () => {
    speech.speak('We open.', KEPT);
    speech.finish();
    await soon();
    const alignment = { chars: ['W', 'e'], startsMs: [0, 100], durationsMs: [100, 100] };
    const audio = Buffer.alloc(4_800);
    speech.take({ kind: 'audio', utterance: 't3u1', audio, chunk: { audioBytes: 4_800, alignment } }, 0);
    for (let atMs = 0; atMs <= 3_000; atMs += 20) speech.beat(atMs);
    expect(failures).toEqual([]);
    expect(speech.end()).toMatchObject({ heard: 'We open.' });
  });

  it.each(['is lost', 'falls silent'])(
    'was heard as far as it sounded when the voice %s on the way',
    async (how) => {
      speech.speak('We open at five. And at six.', KEPT);
      speech.finish();
      await soon();
      const chars = Array.from('We open');
      const startsMs = chars.map((_, i) => i * 100);
      const alignment = { chars, startsMs, durationsMs: chars.map(() => 100) };
      const audio = Buffer.alloc(6_400);
      const chunk = { audioBytes: audio.length, alignment };
      speech.take({ kind: 'audio', utterance: 't3u1', audio, chunk }, 0);
      if (how === 'is lost') speech.lose('gone');
      for (let atMs = 0; atMs <= 3_000; atMs += 20) speech.beat(atMs);
      expect(failures).toHaveLength(1);
      expect(line.playedBytes).toBe(6_400);
      expect(told.at(-1)).toEqual({ kind: 'playback-finished', turnNo: 3 });
      expect(speech.end()).toEqual({ reply: 'We open at five. And at six.', heard: 'We open', heardMs: 800 });
    },
  );
});

describe('a reply that was suspended goes on', () => {
  const PIECE_MS = 100;
  /** Every 100 ms of sound hold another byte. */
  async function heardFor(text: string, audioMs: number, heardMs: number): Promise<void> {
    speech.speak(text, KEPT);
    speech.finish();
    await soon();
    for (let n = 0; n < audioMs / PIECE_MS; n++) {
      const audio = Buffer.alloc(8 * PIECE_MS, n);
      speech.take({ kind: 'audio', utterance: 't3u1', audio, chunk: { audioBytes: audio.length } }, 0);
    }
    speech.take({ kind: 'finished', utterance: 't3u1' }, 0);
    let echoed = 0;
    for (let atMs = 0; atMs <= heardMs; atMs += 20) {
      speech.beat(atMs);
      if (atMs % PIECE_MS === 0 && line.playedBytes / 8 >= atMs) {
        const due = line.marks.slice(echoed, Math.floor((line.marks.length * atMs * 8) / line.playedBytes));
        for (const mark of due) speech.mark(mark, atMs);
        echoed += due.length;
      }
    }
    speech.suspend(heardMs);
    line.played = [];
    speech.resume(heardMs);
  }

  it.each([
    [
      'of a script without spaces',
      'こんにちは、本日は六時まで営業しております。ご予約はいかがですか？',
      1_500,
    ],
    ['of a word longer than what is kept of the sound', 'A'.repeat(100), 6_000],
  ])('%s: from sound that is kept, and with no empty message', async (_, text, backMs) => {
    await heardFor(text, 9_600, 9_000);
    expect(line.played.length).toBeGreaterThan(0);
    expect(line.played.every((audio) => audio.length > 0)).toBe(true);
    const firstMs = line.played[0]![0]! * PIECE_MS;
    expect(firstMs).toBeGreaterThanOrEqual(9_000 - backMs - PIECE_MS);
    expect(firstMs).toBeLessThanOrEqual(9_000);
  });
});
