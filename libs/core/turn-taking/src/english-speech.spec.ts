import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { toSpeech } from './speech-text.js';

/** Thousands of cases take long on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

const say = (written: string): string => toSpeech(written, 'en-US').spoken;

/** Numbers that are read in the same way in every sentence. */
const NUMBERS: readonly (readonly [written: string, spoken: string])[] = [
  // amounts
  ['0', 'zero'],
  ['7', 'seven'],
  ['42', 'forty-two'],
  ['100', 'one hundred'],
  ['415', 'four hundred fifteen'],
  ['12345', 'twelve thousand three hundred forty-five'],
  ['123456', 'one hundred twenty-three thousand four hundred fifty-six'],
  ['1,250', 'one thousand two hundred fifty'],
  ['1,234,567', 'one million two hundred thirty-four thousand five hundred sixty-seven'],
  ['1000000', 'one million'],
  ['10 000', 'ten thousand'],
  ['1\u00a0250\u00a0000', 'one million two hundred fifty thousand'],
  ['12345678', 'one two three four five six seven eight'],
  ['004711', 'zero zero four seven one one'],
  // decimals
  ['115.99', 'one hundred fifteen point nine nine'],
  ['3.14159', 'three point one four one five nine'],
  ['0.05', 'zero point zero five'],
  ['.5', 'point five'],
  ['1,250.75', 'one thousand two hundred fifty point seven five'],
  ['98.6', 'ninety-eight point six'],
  ['1000.125', 'one thousand point one two five'],
  ['2.0.1', 'two point zero point one'],
  ['192.168.0.1', 'one hundred ninety-two dot one hundred sixty-eight dot zero dot one'],
  // money
  ['$415', 'four hundred fifteen dollars'],
  ['$1', 'one dollar'],
  ['$0.01', 'one cent'],
  ['$4.50', 'four dollars and fifty cents'],
  ['$1,250', 'one thousand two hundred fifty dollars'],
  ['$12345.67', 'twelve thousand three hundred forty-five dollars and sixty-seven cents'],
  ['$0.005', 'zero point zero zero five dollars'],
  ['£2.01', 'two pounds and one penny'],
  ['€3.5 million', 'three point five million euros'],
  ['$5k', 'five thousand dollars'],
  ['$1.5M', 'one point five million dollars'],
  ['£1.2m', 'one point two million pounds'],
  ['$2bn', 'two billion dollars'],
  ['US$20', 'twenty dollars'],
  ['¥5000', 'five thousand yen'],
  ['$100-150', 'one hundred to one hundred fifty dollars'],
  ['$5–10 million', 'five to ten million dollars'],
  ['$5.50-$7', 'five dollars and fifty cents to seven dollars'],
  ['150.50 euros', 'one hundred fifty euros and fifty cents'],
  ['150,50 euros', 'one hundred fifty euros and fifty cents'],
  ['250.75 USD', 'two hundred fifty dollars and seventy-five cents'],
  ['250 USD', 'two hundred fifty dollars'],
  ['1 euro', 'one euro'],
  ['1.5 dollars', 'one dollar and fifty cents'],
  ['12 €', 'twelve euros'],
  ['USD 250.75', 'two hundred fifty dollars and seventy-five cents'],
  ['EUR 12', 'twelve euros'],
  ['99.90 CHF', 'ninety-nine Swiss francs and ninety centimes'],
  // percentages and ranges
  ['50%', 'fifty percent'],
  ['0.5%', 'zero point five percent'],
  ['1250%', 'one thousand two hundred fifty percent'],
  ['5-10%', 'five to ten percent'],
  ['10% - 15%', 'ten percent to fifteen percent'],
  ['5%-10%', 'five percent to ten percent'],
  ['100-150 mg', 'one hundred to one hundred fifty mg'],
  ['100–150', 'one hundred to one hundred fifty'],
  ['1.5-2.5', 'one point five to two point five'],
  ['10-12', 'ten to twelve'],
  ['300-1200', 'three hundred to twelve hundred'],
  ['200-1500 people', 'two hundred to one thousand five hundred people'],
  ['1,000-1,500', 'one thousand to one thousand five hundred'],
  ['1st-3rd', 'first to third'],
  // times and dates
  ['10:30', 'ten thirty'],
  ['7:05', 'seven oh five'],
  ['8:00 pm', 'eight p m'],
  ['8:15 a.m.', 'eight fifteen a m.'],
  ['8:15 a.m. sharp', 'eight fifteen a m sharp'],
  ['18:00', "eighteen o'clock"],
  ['10:30-11:45', 'ten thirty to eleven forty-five'],
  ['9:00 am - 5:00 pm', 'nine a m to five p m'],
  ['10am', 'ten am'],
  ['9am-5pm', 'nine am to five pm'],
  ['9-5', 'nine to five'],
  ['1:20:15', 'one twenty fifteen'],
  ['3:1', 'three to one'],
  ['24/7', 'twenty-four seven'],
  ['2026-11-21', 'November twenty-first, twenty twenty-six'],
  ['11/21/2026', 'eleven twenty-one, twenty twenty-six'],
  // years
  ['1984', 'nineteen eighty-four'],
  ['2026', 'twenty twenty-six'],
  ['2005', 'two thousand five'],
  ['1900', 'nineteen hundred'],
  ['1906', 'nineteen oh six'],
  ['2024-2025', 'twenty twenty-four to twenty twenty-five'],
  ['1939–1945', 'nineteen thirty-nine to nineteen forty-five'],
  ['1980s', 'nineteen eighties'],
  ['90s', 'nineties'],
  ['2000s', 'two thousands'],
  // quantities of four digits
  ['1985 units', 'one thousand nine hundred eighty-five units'],
  ['1250 mg', 'one thousand two hundred fifty mg'],
  ['2050 calories', 'two thousand fifty calories'],
  ['12345 units', 'twelve thousand three hundred forty-five units'],
  // ordinals and fractions
  ['21st', 'twenty-first'],
  ['3rd', 'third'],
  ['112th', 'one hundred twelfth'],
  ['1,000th', 'one thousandth'],
  ['1/2', 'one half'],
  ['3/4', 'three quarters'],
  ['2 1/2', 'two and one half'],
  // phone numbers
  ['+15550100001', 'plus one five five five zero one zero zero zero zero one'],
  ['+1 555-010-0001', 'plus one, five five five, zero one zero, zero zero zero one'],
  ['+1 (555) 010-0001', 'plus one, five five five, zero one zero, zero zero zero one'],
  ['+49 30 1234567', 'plus four nine, three zero, one two three four five six seven'],
  ['(415) 555-0100', 'four one five, five five five, zero one zero zero'],
  ['415-555-0100', 'four one five, five five five, zero one zero zero'],
  ['415.555.0100', 'four one five, five five five, zero one zero zero'],
  ['415 555 0100', 'four one five, five five five, zero one zero zero'],
  ['1-800-555-0100', 'one, eight zero zero, five five five, zero one zero zero'],
  ['1-800-FLOWERS', 'one, eight zero zero, FLOWERS'],
  ['555-0100', 'five five five, zero one zero zero'],
  ['367-4821', 'three six seven, four eight two one'],
  ['020 7946 0958', 'zero two zero, seven nine four six, zero nine five eight'],
  ['07700 900123', 'zero seven seven zero zero, nine zero zero one two three'],
  ['030/1234567', 'zero three zero, one two three four five six seven'],
  ['06 12 34 56 78', 'zero six, one two, three four, five six, seven eight'],
  ['4111 1111 1111 1111', 'four one one one, one one one one, one one one one, one one one one'],
  ['123-45-6789', 'one two three, four five, six seven eight nine'],
  ['911', 'nine one one'],
  ['12345-6789', 'one two three four five, six seven eight nine'],
  ['978-3-16-148410-0', 'nine seven eight, three, one six, one four eight four one zero, zero'],
  ['9-1-1', 'nine, one, one'],
  ['#4821', 'number four eight two one'],
  ['#12', 'number twelve'],
  ['-3', 'minus three'],
  ['-$5', 'minus five dollars'],
  ['~50', 'about fifty'],
  ['20°C', 'twenty degrees Celsius'],
];

/** Numbers whose reading depends on the words around them. */
const PHRASES: readonly (readonly [written: string, spoken: string])[] = [
  ['Take 100-150 mg daily.', 'Take one hundred to one hundred fifty mg daily.'],
  ['It costs 150.50 euros.', 'It costs one hundred fifty euros and fifty cents.'],
  ['The total is 115.99.', 'The total is one hundred fifteen point nine nine.'],
  ['Chapters 10 12 14', 'Chapters ten twelve fourteen'],
  ['born in 1985, in May', 'born in nineteen eighty-five, in May'],
  ['Since 1985. Then', 'Since nineteen eighty-five. Then'],
  ['from 1985: a year', 'from nineteen eighty-five: a year'],
  ['in 2024 sales rose', 'in twenty twenty-four sales rose'],
  ['the 2024 Games', 'the twenty twenty-four Games'],
  ['1985 was good', 'nineteen eighty-five was good'],
  ['2019, 2020 and 2021', 'twenty nineteen, twenty twenty and twenty twenty-one'],
  ['Dial 911.', 'Dial nine one one.'],
  ['Hang up and call 911!', 'Hang up and call nine one one!'],
  ['Call 112 or 999', 'Call one one two or nine nine nine'],
  ['Text 988 for help', 'Text nine eight eight for help'],
  ['I have 112 apples', 'I have one hundred twelve apples'],
  ['We call 5000 customers', 'We call five thousand customers'],
  ['Text HELP to 12345', 'Text HELP to one two three four five'],
  ['Your code is 4821', 'Your code is four eight two one'],
  ['Your code is **4821**.', 'Your code is four eight two one.'],
  ['Your code: "482 193"', 'Your code: "four eight two, one nine three"'],
  ['PIN 1985', 'PIN one nine eight five'],
  ['error code 404', 'error code four zero four'],
  ['ext. 204', 'ext. two zero four'],
  ['zip code 90210', 'zip code nine zero two one zero'],
  ['confirmation number 12345', 'confirmation number one two three four five'],
  ['Your number is 4821', 'Your number is four eight two one'],
  ['the card ending in 4242', 'the card ending in four two four two'],
  ['Flight 1234', 'Flight one two three four'],
  ['booking code X7K2P', 'booking code X seven K two P'],
  ['use code 50 times', 'use code fifty times'],
  ['a 20% code', 'a twenty percent code'],
  ['5-7 days at -3 degrees', 'five to seven days at minus three degrees'],
  ['10am, room B12, $20/month', 'ten am, room B12, twenty dollars per month'],
  ['Mon 9:00 - 17:00', "Mon nine o'clock to seventeen o'clock"],
  ['COVID-19 and 7-Eleven', 'COVID-19 and seven-Eleven'],
  ['2 × 3 = 6', 'two times three equals six'],
  ['5 lbs 3 oz', 'five lbs three oz'],
];

describe('[V-02] numbers are put into English words', () => {
  it('[V-02] the table of written numbers and their English words has at least 120 rows', () => {
    expect(NUMBERS.length + PHRASES.length).toBeGreaterThanOrEqual(120);
  });

  it.each([...NUMBERS, ...PHRASES])('[V-02] the voice reads %j in English words', (written, spoken) => {
    expect(say(written).trim()).toBe(spoken);
  });
});

it('[V-02] a number has the same words alone, at the end of a sentence and beside other numbers', () => {
  const number = fc.constantFrom(...NUMBERS.map(([written]) => written));
  const between = fc.constantFrom(', ', ' and ', '; ', ' then (', ' – well, ', '. Now ', '?\n', ': ');
  fc.assert(
    fc.property(fc.array(fc.tuple(number, between), { minLength: 1, maxLength: 5 }), (parts) => {
      const written = parts.map(([one, then]) => one + then).join('');
      const { spans, spoken } = toSpeech(written, 'en');
      let at = 0;
      for (const [one, then] of parts) {
        const inside = spans.filter(
          ({ writtenStart, writtenEnd }) => writtenStart >= at && writtenEnd <= at + one.length,
        );
        const [first, last] = [inside[0]!, inside.at(-1)!];
        expect([first.writtenStart, last.writtenEnd]).toEqual([at, at + one.length]);
        const words = (text: string): string => text.trim().replace(/\.$/, '');
        expect(words(spoken.slice(first.spokenStart, last.spokenEnd))).toBe(words(say(one)));
        at += one.length + then.length;
      }
    }),
    { numRuns: 2_000 },
  );
});

it('[V-02] no spoken span begins between two digits of a number', () => {
  const unit = fc.constantFrom(
    ...'0123456789 .,:-–/()+$€%#k '.split(''),
    ' code is ',
    ' mg',
    ' USD',
    ' call ',
  );
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 40 }), (written) => {
      for (const { writtenStart: at } of toSpeech(written, 'en').spans) {
        expect(written.slice(Math.max(0, at - 1), at + 1)).not.toMatch(/^\d\d$/);
      }
    }),
    { numRuns: 5_000 },
  );
});

it('[V-02] the spoken English text contains no digits', () => {
  const unit = fc.constantFrom(...'0123456789 .,:-–/()+$€%# '.split(''));
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 40 }), (written) => {
      expect(say(written)).not.toMatch(/\d/);
    }),
    { numRuns: 5_000 },
  );
});
