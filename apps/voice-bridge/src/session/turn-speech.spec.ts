import type { PlaybackEvent } from '@parley/turn-taking';
import { beforeEach, describe, expect, it } from 'vitest';
import { MediaOutput } from './media-output.js';
import type { VoiceStream } from '../text-to-speech/text-to-speech.js';
import { TurnSpeech } from './turn-speech.js';

const STORED = Promise.resolve();

/** Records the text that it gets. */
class RecordingVoice implements VoiceStream {
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
  reconnect(): void {
    this.got.push('reconnected');
  }
  tick(): void {}
  close(): void {}
}

/** Records the audio, marks and clears for the caller, in order. */
class RecordingOutput extends MediaOutput {
  readonly got: string[] = [];
  override isWritable = true;
  together(send: () => void): void {
    send();
  }
  played: Buffer[] = [];
  readonly marks: string[] = [];
  get playedBytes(): number {
    return Buffer.concat(this.played).length;
  }
  play(audio: Buffer): void {
    this.played.push(audio);
    this.got.push(`play ${audio.length}`);
  }
  mark(name: string): void {
    this.marks.push(name);
    this.got.push(`mark ${name}`);
  }
  clear(): void {
    this.got.push('clear');
  }
  hangUp(): void {}
}

let voice: RecordingVoice;
let media: RecordingOutput;
let reported: PlaybackEvent[];
let failures: string[];
let moments: [string, number][];
let speech: TurnSpeech;
let nowMs: number;

beforeEach(() => {
  voice = new RecordingVoice();
  media = new RecordingOutput();
  reported = [];
  failures = [];
  moments = [];
  nowMs = 0;
  speech = new TurnSpeech({
    turnNo: 3,
    generation: 1,
    language: 'en-US',
    voice,
    media,
    listener: {
      playback: (event) => reported.push(event),
      moment: (_turnNo, moment, atMs) => moments.push([moment, atMs]),
      synthesised: () => undefined,
      failed: (_turnNo, reason) => failures.push(reason),
      unavailable: (reason) => failures.push(`unavailable: ${reason}`),
    },
    now: () => nowMs,
  });
});

/** Lets time pass, in ticks. */
function until(atMs: number): void {
  for (; nowMs < atMs; nowMs += 20) speech.tick(nowMs);
}

/** Lets the voice send audio: 100 ms for each character, with times. */
function sound(text: string, utterance = 't3u1'): void {
  const chars = Array.from(text);
  const startsMs = chars.map((_, i) => i * 100);
  const alignment = { chars, startsMs, durationsMs: chars.map(() => 100) };
  const audio = Buffer.alloc(chars.length * 800);
  speech.take({ kind: 'audio', utterance, audio, chunk: { audioBytes: audio.length, alignment } }, nowMs);
}

function untimedSound(bytes: number): void {
  const audio = Buffer.alloc(bytes);
  speech.take({ kind: 'audio', utterance: 't3u1', audio, chunk: { audioBytes: bytes } }, nowMs);
}

function pending(): { settled: Promise<void>; resolve: () => void } {
  const { promise: settled, resolve } = Promise.withResolvers<void>();
  return { settled, resolve };
}

/** Waits until all settled promises have been handled. */
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what a turn says', () => {
  it('the voice gets the sentences of a turn in order, once they are stored', async () => {
    const first = pending();
    speech.speak('We open at five. ', first.settled);
    speech.speak('And at six.', STORED);
    speech.finish();
    await soon();
    expect(voice.got).toEqual([]);
    expect(speech.heard(0)).toEqual({ reply: 'We open at five. And at six.', heard: '', heardMs: 0 });
    first.resolve();
    await soon();
    expect(voice.got).toEqual(['t3u1: We open at five. ', 't3u1: And at six.', 't3u1 whole']);
  });

  it('a sentence is not spoken if the turn is cut before the sentence is stored', async () => {
    const first = pending();
    speech.speak('We open at five. ', first.settled);
    expect(speech.cut(0)).toEqual({ reply: 'We open at five. ', heard: '', heardMs: 0 });
    first.resolve();
    await soon();
    expect(voice.got).toEqual([]);
  });

  it('a turn without speakable text is reported as finished', async () => {
    speech.speak('\n', STORED);
    speech.finish();
    await soon();
    expect(voice.got).toEqual([]);
    expect(reported).toEqual([{ kind: 'playback-finished', turnNo: 3 }]);
  });

  it('a voice lost before its first audio gets a second connection after a pause, and each text once on that connection', async () => {
    const [second, third] = [pending(), pending()];
    speech.speak('We open at five. ', STORED);
    speech.speak('And at six. ', second.settled);
    speech.speak('Not at seven.', third.settled);
    speech.finish();
    await soon();
    speech.lose('gone');
    second.resolve();
    await soon();
    until(300);
    expect(voice.got).toEqual(['t3u1: We open at five. ']);
    until(340);
    expect(voice.got.slice(1)).toEqual(['t3u2: We open at five. And at six. ']);
    third.resolve();
    await soon();
    expect(voice.got.slice(2)).toEqual(['t3u2: Not at seven.', 't3u2 whole']);
    speech.lose('gone again');
    expect(failures).toEqual(['unavailable: gone again']);
  });

  it('a second connection of a lost voice gets the complete text if the reply is complete by then', async () => {
    speech.speak('We open at five.', STORED);
    await soon();
    speech.lose('gone');
    speech.finish();
    await soon();
    until(1_000);
    expect(voice.got).toEqual(['t3u1: We open at five.', 't3u2: We open at five.', 't3u2 whole']);
    until(4_200);
    expect(failures).toEqual([]);
  });

  it('a lost voice is not tried again if the turn is cut in the pause before the second attempt', async () => {
    speech.speak('We open at five.', STORED);
    await soon();
    speech.lose('gone');
    speech.cut(100);
    until(1_000);
    expect(voice.got).toEqual(['t3u1: We open at five.']);
  });

  it('a turn counts as heard to its end although its last letters have no times', async () => {
    speech.speak('We open.', STORED);
    speech.finish();
    await soon();
    const alignment = { chars: ['W', 'e'], startsMs: [0, 100], durationsMs: [100, 100] };
    const audio = Buffer.alloc(4_800);
    speech.take({ kind: 'audio', utterance: 't3u1', audio, chunk: { audioBytes: 4_800, alignment } }, 0);
    until(3_000);
    expect(failures).toEqual([]);
    expect(speech.end()).toMatchObject({ heard: 'We open.' });
  });

  it.each(['is lost', 'falls silent'])(
    'a turn whose voice %s mid-turn counts as heard up to the end of its audio',
    async (how) => {
      speech.speak('We open at five. And at six.', STORED);
      speech.finish();
      await soon();
      sound('We open');
      sound(' ');
      if (how === 'is lost') speech.lose('gone');
      until(6_000);
      expect(failures).toHaveLength(1);
      expect(media.playedBytes).toBe(6_400);
      expect(reported.at(-1)).toEqual({ kind: 'playback-finished', turnNo: 3 });
      expect(speech.end()).toEqual({ reply: 'We open at five. And at six.', heard: 'We open', heardMs: 800 });
    },
  );

  const times = [0.5, 1, 2, 5, 10];
  const usualModelMs = 1_000;
  const usualVoiceMs = 300;

  it.each(times.flatMap((model) => times.map((voiced) => [model * usualModelMs, voiced * usualVoiceMs])))(
    'a reply is heard after its filler when its text takes %d ms and its audio %d ms',
    async (textMs, soundMs) => {
      speech.fill('So. ');
      await soon();
      until(100);
      sound('So.');
      until(100 + textMs);
      speech.speak('We open.', STORED);
      speech.finish();
      await soon();
      until(100 + textMs + soundMs);
      sound('We open.');
      until(nowMs + 4_000);
      expect(failures).toEqual([]);
      expect(reported.map(({ kind }) => kind)).toEqual(['playback-started', 'playback-finished']);
      expect(speech.end()).toMatchObject({ reply: 'We open.', heard: 'We open.' });
    },
  );

  it.each(times.map((time) => time * 1_000))(
    'a reply is heard to its end when its second sentence arrives %d ms after the first was heard',
    async (pauseMs) => {
      speech.speak('We open. ', STORED);
      await soon();
      sound('We open.');
      until(800 + pauseMs);
      speech.speak('At six.', STORED);
      speech.finish();
      await soon();
      until(nowMs + 10 * usualVoiceMs);
      sound('At six.');
      until(nowMs + 4_000);
      expect(failures).toEqual([]);
      expect(speech.end()).toMatchObject({ heard: 'We open. At six.' });
    },
  );

  it.each(times.map((time) => time * 1_000))(
    'a reply without timings is heard to its end when it is complete %d ms after its last audio',
    async (endMs) => {
      speech.speak('We open.', STORED);
      await soon();
      untimedSound(6_400);
      until(endMs);
      speech.finish();
      await soon();
      until(nowMs + 3_000);
      expect(failures).toEqual([]);
      expect(reported.at(-1)).toEqual({ kind: 'playback-finished', turnNo: 3 });
      expect(speech.end()).toMatchObject({ heard: 'We open.' });
    },
  );

  it.each([
    ['was heard', () => sound('So.')],
    ['was heard without timings', () => untimedSound(2_400)],
  ])('a reply without audio is given up, although its filler %s', async (_how, soundFiller) => {
    speech.fill('So. ');
    await soon();
    soundFiller();
    until(5_000);
    speech.speak('We open.', STORED);
    speech.finish();
    await soon();
    until(8_900);
    expect(failures).toEqual([]);
    until(9_100);
    expect(failures).toEqual(['the voice fell silent']);
    expect(speech.end()).toMatchObject({ reply: 'We open.', heard: '' });
  });

  it('audio that arrives while earlier audio still plays is played after it', async () => {
    speech.speak('We open at five. And at six.', STORED);
    speech.finish();
    await soon();
    untimedSound(24_000);
    until(2_500);
    untimedSound(8_000);
    until(8_000);
    expect(failures).toEqual([]);
    expect(media.playedBytes).toBe(32_000);
    expect(reported.at(-1)).toEqual({ kind: 'playback-finished', turnNo: 3 });
  });

  it('a voice that sends no audio at all is tried again, once', async () => {
    speech.speak('We open.', STORED);
    speech.finish();
    await soon();
    until(4_100);
    expect(voice.got.slice(2)).toEqual(['reconnected', 't3u2: We open.', 't3u2 whole']);
    until(8_000);
    expect(failures).toEqual([]);
    until(8_200);
    expect(failures).toEqual(['unavailable: the voice fell silent']);
  });
});

describe('a reply that was suspended goes on', () => {
  const PIECE_MS = 100;
  /**
   * Lets the caller hear part of a text, then suspends and resumes it. Every 100 ms of its audio have another byte
   * value.
   */
  async function heardFor(text: string, audioMs: number, heardMs: number): Promise<void> {
    speech.speak(text, STORED);
    speech.finish();
    await soon();
    for (let n = 0; n < audioMs / PIECE_MS; n++) {
      const audio = Buffer.alloc(8 * PIECE_MS, n);
      speech.take({ kind: 'audio', utterance: 't3u1', audio, chunk: { audioBytes: audio.length } }, 0);
    }
    speech.take({ kind: 'finished', utterance: 't3u1' }, 0);
    let echoed = 0;
    for (let atMs = 0; atMs <= heardMs; atMs += 20) {
      speech.tick(atMs);
      if (atMs % PIECE_MS === 0 && media.playedBytes / 8 >= atMs) {
        const due = media.marks.slice(
          echoed,
          Math.floor((media.marks.length * atMs * 8) / media.playedBytes),
        );
        for (const mark of due) speech.mark(mark, atMs);
        echoed += due.length;
      }
    }
    speech.suspend(heardMs);
    media.played = [];
    speech.resume(heardMs);
  }

  it.each([
    [
      'in a script without spaces',
      'こんにちは、本日は六時まで営業しております。ご予約はいかがですか？',
      1_500,
    ],
    ['with a word longer than the held audio', 'A'.repeat(100), 6_000],
  ])('a suspended reply %s resumes from held audio, without an empty message', async (_, text, backMs) => {
    await heardFor(text, 9_600, 9_000);
    expect(media.played.length).toBeGreaterThan(0);
    expect(media.played.every((audio) => audio.length > 0)).toBe(true);
    const firstMs = media.played[0]![0]! * PIECE_MS;
    expect(firstMs).toBeGreaterThanOrEqual(9_000 - backMs - PIECE_MS);
    expect(firstMs).toBeLessThanOrEqual(9_000);
  });
});

/** Speaks "We open at five." in 800 ms: its words end at 100, 350, 500 and 800 ms. All audio arrives at 0 ms. */
async function givenSound(): Promise<void> {
  const text = 'We open at five.';
  speech.speak(text, STORED);
  speech.finish();
  await soon();
  const chars = Array.from(text);
  const alignment = { chars, startsMs: chars.map((_, i) => i * 50), durationsMs: chars.map(() => 50) };
  const chunk = { audioBytes: 6_400, alignment };
  speech.take({ kind: 'audio', utterance: 't3u1', audio: Buffer.alloc(6_400), chunk }, 0);
  speech.take({ kind: 'finished', utterance: 't3u1' }, 0);
}

/** 600 ms in messages of 200 ms, each with its mark. */
const FIRST = ['play 1600', 'mark g1:m1', 'play 1600', 'mark g1:m2', 'play 1600', 'mark g1:m3'];

describe('playback of a turn', () => {
  it('playback of a turn sends half a second ahead, with a mark after each message', async () => {
    await givenSound();
    expect(media.got).toEqual(FIRST);
    speech.tick(300);
    expect(media.got).toEqual(FIRST);
    speech.tick(301);
    expect(media.got).toEqual([...FIRST, 'play 1600', 'mark g1:m4']);
    expect(moments).toEqual([['firstAudioMs', 0]]);
  });

  it('the heard part of a turn follows the clock from the last mark, and never exceeds the audio that was sent', async () => {
    await givenSound();
    expect(speech.heard(99).heard).toBe('');
    expect(speech.heard(100)).toEqual({ reply: 'We open at five.', heard: 'We', heardMs: 100 });
    // The caller's network holds 100 ms.
    speech.mark('g1:m1', 300);
    expect(moments).toEqual([
      ['firstAudioMs', 0],
      ['firstMarkHeardMs', 300],
    ]);
    expect(speech.heard(300)).toMatchObject({ heard: 'We', heardMs: 200 });
    expect(speech.heard(449)).toMatchObject({ heard: 'We', heardMs: 349 });
    expect(speech.heard(450)).toMatchObject({ heard: 'We open', heardMs: 350 });
    // The heard part never exceeds the audio that was sent.
    expect(speech.heard(5_000)).toMatchObject({ heard: 'We open at', heardMs: 600 });
  });

  it('playback of a turn reports the words that each mark confirms', async () => {
    await givenSound();
    speech.mark('g1:m1', 200);
    speech.mark('g1:m3', 600);
    const words = reported.flatMap((event) => (event.kind === 'words-heard' ? [event.words] : []));
    expect(words).toEqual([['We'], ['open', 'at']]);
  });

  it('playback of a turn ends 1.5 s after the last mark was due when that mark is missing', async () => {
    await givenSound();
    speech.tick(400);
    const isOver = () => reported.some(({ kind }) => kind === 'playback-finished');
    for (const n of [1, 2, 3]) speech.mark(`g1:m${n}`, 200 * n);
    speech.tick(2_299);
    expect(isOver()).toBe(false);
    speech.tick(2_300);
    expect(isOver()).toBe(true);
  });

  it('a cut clears the audio, and the marks that the clear returns change nothing', async () => {
    await givenSound();
    const said = { reply: 'We open at five.', heard: 'We', heardMs: 250 };
    expect(speech.cut(250)).toEqual(said);
    expect(media.got).toEqual([...FIRST, 'clear']);
    for (const n of [1, 2, 3]) speech.mark(`g1:m${n}`, 260);
    for (let atMs = 260; atMs <= 2_000; atMs += 20) speech.tick(atMs);
    expect(speech.heard(2_000)).toEqual(said);
    expect(media.got).toEqual([...FIRST, 'clear']);
    expect(voice.got.at(-1)).toBe('t3u1 dropped');
    expect(reported.filter(({ kind }) => kind !== 'playback-started')).toEqual([]);
  });

  it('playback of a turn resumes at the next unheard word and ignores marks of the part before', async () => {
    await givenSound();
    speech.suspend(400);
    expect(media.got).toEqual([...FIRST, 'clear']);
    speech.tick(450);
    speech.resume(1_000);
    // "at" begins at 400 ms, and a little silence goes before it.
    const fromMs = 380;
    expect(speech.heard(1_000).heardMs).toBe(fromMs);
    expect(media.got.slice(FIRST.length + 1, FIRST.length + 3)).toEqual(['play 1600', 'mark g2:m1']);
    speech.mark('g1:m3', 1_010);
    expect(speech.heard(1_010)).toMatchObject({ heard: 'We open', heardMs: fromMs + 10 });
    speech.mark('g2:m1', 1_300);
    expect(speech.heard(1_300)).toMatchObject({ heard: 'We open at', heardMs: fromMs + 200 });
  });

  it('playback of a turn sends no clear when nothing is under way', async () => {
    speech.suspend(0);
    expect(media.got).toEqual([]);
    speech.resume(10);
    await givenSound();
    speech.tick(400);
    for (const n of [1, 2, 3, 4]) speech.mark(`g2:m${n}`, 800);
    speech.suspend(900);
    expect(media.got).not.toContain('clear');
  });

  it('the heard text of a reply does not include the filler', async () => {
    speech.fill('One moment.');
    speech.speak('We open at five.', STORED);
    speech.finish();
    await soon();
    sound('One moment. We open at five.');
    until(1_600);
    for (const mark of media.marks) speech.mark(mark, nowMs);
    const { reply, heard, heardMs } = speech.heard(nowMs);
    const soFarMs = media.playedBytes / 8;
    expect({ reply, heard }).toEqual({ reply: 'We open at five.', heard: 'We open at' });
    expect(heardMs).toBe(soFarMs - 1_100);
  });

  it('playback of a turn sends nothing while the media socket is not writable', async () => {
    media.isWritable = false;
    await givenSound();
    speech.tick(100);
    expect(media.got).toEqual([]);
    media.isWritable = true;
    speech.tick(120);
    expect(media.got).toEqual(FIRST);
  });
});
