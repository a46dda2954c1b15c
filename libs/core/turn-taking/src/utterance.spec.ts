import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { replyStartMs, heardText, nextUnheardMs, wordsHeardBetween, spokenWordsOf } from './heard-words.js';
import { addFiller, addSentence, completeAudio, newUtterance, type Utterance } from './utterance.js';
import { addAudio, type CharTimings, type VoiceChunk } from './voice-timings.js';

/** Thousands of cases take long on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

const utter = (written: string, language = 'en'): Utterance =>
  addSentence(newUtterance(language), written).utterance;

/** Returns the timings of a text that is read at a fixed number of milliseconds per character. */
function read(text: string, charMs = 10, fromMs = 0): CharTimings {
  const chars = Array.from(text);
  return { chars, startsMs: chars.map((_, i) => fromMs + i * charMs), durationsMs: chars.map(() => charMs) };
}

const ends = (utterance: Utterance): Record<string, number> =>
  Object.fromEntries(spokenWordsOf(utterance).map(({ text, endMs }) => [text, endMs]));

const hear = (utterance: Utterance, chunks: readonly VoiceChunk[]): Utterance =>
  completeAudio(chunks.reduce(addAudio, utterance));

describe('[V-02] words get their positions in the audio', () => {
  const hello = utter('Hello dear friend.');

  it('[V-02] words get their positions in the audio from the alignment of the sent text', () => {
    const heard = hear(hello, [{ audioBytes: 8 * 180, alignment: read('Hello dear friend.') }]);
    expect(ends(heard)).toEqual({ Hello: 50, dear: 100, 'friend.': 180 });
  });

  it("[V-02] a word's position counts from the received audio, not from the sum of the alignments", () => {
    const heard = hear(hello, [
      { audioBytes: 8 * 100, alignment: read('Hello de') },
      { audioBytes: 8 * 100, alignment: read('ar friend.') },
    ]);
    expect(ends(heard)).toEqual({ Hello: 50, dear: 120, 'friend.': 200 });
  });

  it('[V-02] words get their positions from the normalised alignment if the voice sends both alignments', () => {
    const heard = hear(hello, [
      { audioBytes: 8 * 100, normalizedAlignment: read(' Hello de'), alignment: read('xxxxx') },
      { audioBytes: 8 * 110, normalizedAlignment: read(' ar friend.') },
    ]);
    expect(ends(heard)).toEqual({ Hello: 60, dear: 130, 'friend.': 210 });
  });

  it('[V-02] words get their positions from a voice whose second pass starts again at the first character', () => {
    const heard = hear(hello, [
      { audioBytes: 8 * 80, alignment: read('Hello de') },
      { audioBytes: 8 * 100, alignment: read('Hello dear friend.') },
    ]);
    expect(ends(heard)).toEqual({ Hello: 50, dear: 100, 'friend.': 180 });
  });

  it('[V-02] a word includes the punctuation at its end, but not the pause after it', () => {
    const timings = { chars: ['H', 'i', '.'], startsMs: [0, 50, 100], durationsMs: [50, 50, 900] };
    expect(ends(hear(utter('Hi.'), [{ audioBytes: 8 * 1_000, alignment: timings }]))).toEqual({ 'Hi.': 350 });
    const short = { ...timings, durationsMs: [50, 50, 80] };
    expect(ends(hear(utter('Hi.'), [{ audioBytes: 8 * 180, alignment: short }]))).toEqual({ 'Hi.': 180 });
  });

  it('[V-02] words get their positions from a voice that repeats earlier characters with no duration', () => {
    const again = read('Hello dear friend.', 10);
    const passed = (ms: readonly number[]): number[] => ms.map((one, i) => (i < 8 ? 0 : one));
    const heard = hear(hello, [
      { audioBytes: 8 * 80, alignment: read('Hello de') },
      {
        audioBytes: 8 * 110,
        alignment: {
          chars: again.chars,
          startsMs: passed(again.startsMs).map((ms) => Math.max(0, ms - 80)),
          durationsMs: passed(again.durationsMs),
        },
      },
    ]);
    expect(ends(heard)).toEqual({ Hello: 50, dear: 100, 'friend.': 180 });
  });

  it('[V-02] words get their positions from a voice whose second pass starts again at its sentence', () => {
    const { utterance } = addSentence(utter('Good day. '), 'Hello dear friend.');
    const heard = hear(utterance, [
      { audioBytes: 8 * 100, alignment: read('Good day. ') },
      { audioBytes: 8 * 80, alignment: read('Hello de') },
      { audioBytes: 8 * 100, alignment: read('Hello dear friend.') },
    ]);
    expect(ends(heard)).toMatchObject({ 'day.': 90, Hello: 150, dear: 200, 'friend.': 280 });
  });

  it('[V-02] words are spread evenly over audio without timings', () => {
    const heard = hear(hello, [{ audioBytes: 8 * 190 }]);
    expect(ends(heard)).toEqual({ Hello: 60, dear: 110, 'friend.': 190 });
  });

  it('[V-02] untimed words are spread evenly between timed ones', () => {
    const { utterance } = addSentence(hello, ' Come in now.');
    const heard = hear(utterance, [
      { audioBytes: 8 * 60, alignment: read('Hello ') },
      { audioBytes: 8 * 100 },
      { audioBytes: 8 * 150, alignment: read('Come in now.') },
    ]);
    const { dear, 'friend.': friend } = ends(heard);
    expect(dear).toBeGreaterThan(60);
    expect(dear).toBeLessThan(friend!);
    expect(friend).toBeLessThanOrEqual(160);
    expect(ends(heard)).toMatchObject({ Come: 200, in: 230, 'now.': 280 });
  });

  it('[V-02] words get their positions from a voice that reads a number with other words', () => {
    const heard = hear(utter('Das macht 415 Euro.', 'de'), [
      { audioBytes: 8 * 400, normalizedAlignment: read(' Das macht vierhundertfünfzehn Euro.') },
    ]);
    expect(ends(heard)).toEqual({ Das: 40, macht: 100, '415': 300, 'Euro.': 360 });
  });

  it('[V-02] untimed words do not count as heard before their audio arrives', () => {
    const heard = addAudio(hello, { audioBytes: 8 * 60, alignment: read('Hello ') });
    expect(heardText(heard, 60)).toBe('Hello');
    expect(nextUnheardMs(heard, 60)).toBe(50);
  });
});

describe('[V-02] a word is heard when it has ended', () => {
  const price = hear(utter('**That** is $415, thanks.'), [
    { audioBytes: 8 * 450, alignment: read('That is four hundred fifteen dollars, thanks.') },
  ]);

  it.each([
    [0, ''],
    [39, ''],
    [40, '**That**'],
    [70, '**That** is'],
    [300, '**That** is'],
    [369, '**That** is'],
    [370, '**That** is $415,'],
    [450, '**That** is $415, thanks.'],
  ])('[V-02] the text heard after %s ms is %j', (heardMs, text) => {
    expect(heardText(price, heardMs)).toBe(text);
  });

  it('[V-02] playback resumes in the pause before the next unheard word', () => {
    expect(nextUnheardMs(price, 0)).toBe(0);
    expect(nextUnheardMs(price, 45)).toBe(45);
    expect(nextUnheardMs(price, 300)).toBe(285);
    expect(nextUnheardMs(price, 450)).toBeUndefined();
  });

  it('[V-02] a mark reports the words that ended since the last mark', () => {
    expect(wordsHeardBetween(price, 40, 130)).toEqual(['is', 'four']);
  });
});

describe('[V-02] in a script without spaces', () => {
  const texts = [
    ['ja', 'こんにちは、本日は六時まで営業しております。ご予約はいかがなさいますか？'],
    ['zh', '您好，我们今天营业到六点。请问您需要预订吗？'],
    ['th', 'สวัสดีครับวันนี้ร้านของเราเปิดถึงหกโมงเย็นครับ'],
  ] as const;

  it.each(texts)(
    '[V-02] a word of %s is heard once it has ended, and playback resumes close to where playback stopped',
    (language, text) => {
      const audioMs = 9_600;
      const whole = completeAudio(addAudio(utter(text, language), { audioBytes: 8 * audioMs }));
      expect(spokenWordsOf(whole).length).toBeGreaterThan(8);
      for (let heardMs = 1_500; heardMs < audioMs; heardMs += 500) {
        const heard = heardText(whole, heardMs);
        expect(Math.abs(heard.length / text.length - heardMs / audioMs)).toBeLessThan(0.2);
        const next = nextUnheardMs(whole, heardMs)!;
        expect(heardMs - next).toBeGreaterThanOrEqual(0);
        expect(heardMs - next).toBeLessThanOrEqual(1_500);
      }
      expect(heardText(whole, audioMs)).toBe(text);
    },
  );

  it('[V-02] words of a script without spaces are timed by syllables while the audio is incomplete', () => {
    const begun = addAudio(utter(texts[0][1], 'ja'), { audioBytes: 8 * 2_000 });
    expect(heardText(begun, 2_000).length).toBeLessThanOrEqual(13);
    expect(heardText(begun, 2_000).length).toBeGreaterThan(5);
  });
});

it('a sentence without a sound is not sent to the voice', () => {
  expect(addSentence(newUtterance('en'), '---\n').toSay).toBe('');
  expect(addSentence(newUtterance('en'), '🎉').toSay).toBe('');
});

/** A voice that reads a text at any pace and delivers it in any chunks, with timings in one of the formats. */
const voice = fc.record({
  // No two words begin alike, so it is certain at which position a pass begins again.
  sentences: fc
    .shuffledSubarray(['Hello', 'it', '$415', '*well*', 'anna', '10:30,', 'https://zo.co/b', 'know'], {
      minLength: 1,
    })
    .chain((words) =>
      fc
        .integer({ min: 1, max: 9 })
        .map((length) =>
          Array.from(
            { length: Math.ceil(words.length / length) },
            (_, i) => `${words.slice(i * length, (i + 1) * length).join(' ')}. `,
          ),
        ),
    ),
  charMs: fc.infiniteStream(fc.integer({ min: 5, max: 120 })),
  chunkChars: fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
  shape: fc.infiniteStream(fc.constantFrom('alignment', 'normalized', 'restarting', 'none')),
});

function perform({
  sentences,
  charMs,
  chunkChars,
  shape,
}: typeof voice extends fc.Arbitrary<infer T> ? T : never) {
  let utterance = newUtterance('en');
  for (const sentence of sentences) ({ utterance } = addSentence(utterance, sentence));
  const { spoken } = utterance;
  const startsMs: number[] = [];
  let atMs = 0;
  const durationsMs = spoken.split('').map(() => charMs.next().value);
  for (const durationMs of durationsMs) {
    startsMs.push(atMs);
    atMs += durationMs;
  }
  const audioMs = atMs;
  const states = [utterance];
  let isAllTimed = true;
  for (let from = 0; from < spoken.length;) {
    const to = Math.min(spoken.length, from + chunkChars.next().value);
    const kind = shape.next().value;
    // The position at which the voice begins again: that of the sentence or of the text.
    const begin = kind === 'restarting' ? 0 : from;
    const chars = spoken.slice(begin, to).split('');
    const timings = {
      chars,
      startsMs: startsMs.slice(begin, to).map((ms) => ms - startsMs[begin]!),
      durationsMs: durationsMs.slice(begin, to),
    };
    const audioBytes = ((startsMs[to] ?? audioMs) - startsMs[from]!) * 8;
    const spaced = {
      chars: [' ', ...chars],
      startsMs: [0, ...timings.startsMs],
      durationsMs: [0, ...timings.durationsMs],
    };
    if (kind === 'none') isAllTimed = false;
    const chunk: VoiceChunk = {
      audioBytes,
      ...(kind === 'normalized' && { normalizedAlignment: spaced }),
      ...((kind === 'alignment' || kind === 'restarting') && { alignment: timings }),
    };
    states.push(addAudio(states.at(-1)!, chunk));
    from = to;
  }
  const done = completeAudio(states.at(-1)!);
  return { states: [...states, done], done, audioMs, isAllTimed, startsMs, durationsMs };
}

it('[V-02] the heard text is a prefix of the written text and grows to all of it', () => {
  fc.assert(
    fc.property(voice, (script) => {
      const { states, done, audioMs } = perform(script);
      for (const utterance of [...states.filter((_, i) => i % 8 === 0), done]) {
        let before = '';
        for (let heardMs = 0; heardMs <= audioMs; heardMs += Math.max(1, audioMs / 12)) {
          const text = heardText(utterance, heardMs);
          expect(utterance.written.startsWith(text)).toBe(true);
          expect(text.startsWith(before)).toBe(true);
          before = text;
          const next = nextUnheardMs(utterance, heardMs);
          const heard = spokenWordsOf(utterance).filter(({ endMs }) => endMs <= heardMs);
          if (next !== undefined && heardMs > 0)
            expect(next).toBeGreaterThanOrEqual(heard.at(-1)?.startMs ?? 0);
        }
      }
      expect(heardText(done, audioMs)).toBe(done.written);
      expect(nextUnheardMs(done, audioMs)).toBeUndefined();
    }),
    { numRuns: 40 },
  );
});

it('[V-02] a word ends where the voice ended it, in every format of timings', () => {
  fc.assert(
    fc.property(voice, (script) => {
      const { done, isAllTimed, startsMs, durationsMs } = perform(script);
      fc.pre(isAllTimed);
      for (const { text, start, endMs } of spokenWordsOf(done)) {
        // A punctuation mark that arrives with the next chunk is not part of the word.
        const letter = start + text.search(/[\p{L}\p{N}][^\p{L}\p{N}]*$/u);
        const mark = start + text.length - 1;
        expect(endMs).toBeGreaterThanOrEqual(startsMs[letter]! + durationsMs[letter]!);
        expect(endMs).toBeLessThanOrEqual(startsMs[mark]! + durationsMs[mark]!);
      }
    }),
    { numRuns: 100 },
  );
});

describe('a filler before the reply', () => {
  const chars = 'One moment. We open at five.'.split('');
  const alignment = { chars, startsMs: chars.map((_, i) => i * 100), durationsMs: chars.map(() => 100) };
  const whole = (): Utterance => {
    const { utterance, toSay } = addFiller(newUtterance('en'), 'One moment.');
    expect(toSay).toBe('One moment. ');
    return completeAudio(
      addAudio(addSentence(utterance, 'We open at five.').utterance, { audioBytes: 22_400, alignment }),
    );
  };

  it('a filler is heard and is not part of the written reply', () => {
    const { utterance } = addFiller(newUtterance('en'), 'One moment.');
    const heard = completeAudio(addAudio(utterance, { audioBytes: 9_600 }));
    expect([heardText(heard, 0), heardText(heard, 600), heardText(heard, 1_200)]).toEqual(['', '', '']);
    expect([heardText(whole(), 1_150), heardText(whole(), 1_450), heardText(whole(), 2_800)]).toEqual([
      '',
      'We',
      'We open at five.',
    ]);
    expect(wordsHeardBetween(whole(), 0, 1_450)).toEqual(['One', 'moment.', 'We']);
  });

  it('the position of a reply after its filler is known, and a filler cannot follow the reply', () => {
    expect(replyStartMs(whole())).toBe(1_100);
    expect(replyStartMs(addSentence(newUtterance('en'), 'Hello.').utterance)).toBe(0);
    expect(() => addFiller(whole(), 'One moment.')).toThrow(RangeError);
  });
});
