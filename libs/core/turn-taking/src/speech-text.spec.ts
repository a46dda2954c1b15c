import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { toSpeech } from './speech-text.js';

/** Thousands of cases take long on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

const say = (written: string, language = 'en-US'): string => toSpeech(written, language).spoken;

describe('[V-02] addresses and symbols are put into words', () => {
  it.each([
    ['See https://www.example.com/help?x=1.', 'See example dot com slash help.'],
    ['or example.org, or a.b@example.com!', 'or example dot org, or a dot b at example dot com!'],
    ['Tom & Ann', 'Tom and Ann'],
  ])('[V-02] addresses and symbols are put into words: %j', (written, spoken) => {
    expect(say(written)).toBe(spoken);
  });
});

describe('[V-02] markup is not heard', () => {
  it.each([
    ['**Bold**, *soft*, `code`, ~~gone~~ and _so_', 'Bold, soft, code, gone and so'],
    ['# Title\n- Apples\n- Pears', 'Title. Apples. Pears'],
    ['[the menu](https://example.com/menu)', 'the menu'],
    ['snake_case stays', 'snake_case stays'],
    ['Great 🎉👍🏽!', 'Great !'],
    ['> <b>quoted</b>', 'quoted'],
    ['---\n```js\nx\n```', ' x. '],
  ])('[V-02] markup is not spoken: %j', (written, spoken) => {
    expect(say(written)).toBe(spoken);
  });
});

it('numbers in languages other than English are sent to the voice as digits', () => {
  expect(say('Das kostet **415 €** auf https://www.example.com/', 'de')).toBe(
    'Das kostet 415 € auf example.com',
  );
});

it('[V-02] the spans cover the written and the spoken text in order, without gaps', () => {
  const unit = fc.constantFrom(
    ...'aB19 .,*_-#0$%:@/|`é\n'.split(''),
    ...'🎉 [x](y) https://a.co a@b.co <b> ー๑ 今日は วันนี้'.split(' '),
  );
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 60 }), fc.constantFrom('en', 'de'), (written, language) => {
      const { spoken, spans } = toSpeech(written, language);
      let [spokenAt, writtenAt] = [0, 0];
      for (const span of spans) {
        expect([span.spokenStart, span.writtenStart]).toEqual([spokenAt, writtenAt]);
        expect(span.spokenEnd).toBeGreaterThanOrEqual(span.spokenStart);
        expect(span.writtenEnd).toBeGreaterThan(span.writtenStart);
        [spokenAt, writtenAt] = [span.spokenEnd, span.writtenEnd];
      }
      expect([spokenAt, writtenAt]).toEqual([spoken.length, written.length]);
    }),
  );
});
