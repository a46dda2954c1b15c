import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { toSpeech } from './speech-text.js';

/** Thousands of cases take long on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

const say = (written: string, language = 'en-US'): string => toSpeech(written, language).spoken;

describe('[V-02] what is written is put into words', () => {
  it.each([
    ['That is $415.', 'That is four hundred fifteen dollars.'],
    [
      '$1, $0.01, $4.50 and $1,250',
      'one dollar, one cent, four dollars and fifty cents and one thousand two hundred fifty dollars',
    ],
    ['£2.01 or €3.5 million', 'two pounds and one penny or three point five million euros'],
    ['50% of 3.14', 'fifty percent of three point one four'],
    ['At 10:30, 7:05 or 8:00 pm', 'At ten thirty, seven oh five or eight p m'],
    ['Open until 18:00', "Open until eighteen o'clock"],
    ['the 21st and the 3rd', 'the twenty-first and the third'],
    [
      '1,234,567 people in 1984 and 2026',
      'one million two hundred thirty-four thousand five hundred sixty-seven people in nineteen eighty-four and twenty twenty-six',
    ],
    ['Call +1 555-010-0001', 'Call plus one, five five five, zero one zero, zero zero zero one'],
    ['Your code is 004711', 'Your code is zero zero four seven one one'],
    ['order 12345678', 'order one two three four five six seven eight'],
    ['5-7 days at -3 degrees', 'five to seven days at minus three degrees'],
    ['10am, room B12, $20/month', 'ten am, room B12, twenty dollars per month'],
    ['See https://www.example.com/help?x=1.', 'See example dot com slash help.'],
    ['or example.org, or a.b@example.com!', 'or example dot org, or a dot b at example dot com!'],
    ['Tom & Ann', 'Tom and Ann'],
    ['Done in 2026-11-21', 'Done in 2026-11-21'],
  ])('%j', (written, spoken) => {
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
  ])('%j', (written, spoken) => {
    expect(say(written)).toBe(spoken);
  });
});

it('in another language numbers stay digits', () => {
  expect(say('Das kostet **415 €** auf https://www.example.com/', 'de')).toBe(
    'Das kostet 415 € auf example.com',
  );
});

it('[V-02] spans cover both texts in order, without gaps', () => {
  const unit = fc.constantFrom(
    ...'aB19 .,*_-#0$%:@/|`é\n'.split(''),
    ...'🎉 [x](y) https://a.co a@b.co <b>'.split(' '),
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
