import { describe, expect, it } from 'vitest';
import { AgentVoice, neutralVoice } from './agent-settings.js';
import { setTextsIn } from './set-texts.js';

const LANGUAGES = ['en', 'de', 'es', 'fr', 'it', 'pt', 'nl', 'ja', 'zh', 'hi'];

describe.each(LANGUAGES)('the set texts in %s', (language) => {
  it('the set texts are complete and differ from the English ones', () => {
    const texts = setTextsIn(`${language}-XX`);
    if (language !== 'en')
      for (const [name, text] of Object.entries(texts))
        expect([name, text]).not.toEqual([name, setTextsIn('en')[name as keyof typeof texts]]);
    expect(AgentVoice.parse(neutralVoice([language]))).toEqual(neutralVoice([language]));
  });

  it('the set texts name the keywords that the gateway understands', () => {
    const { stop, start, help } = setTextsIn(language);
    expect(stop).toContain('START');
    expect(start).toMatch(/HELP.*STOP/);
    expect(help).toMatch(/STOP.*START/);
  });
});

it('the set texts of an unknown language are in English', () => {
  expect(setTextsIn('sv-SE')).toBe(setTextsIn('en'));
  expect(setTextsIn(undefined)).toBe(setTextsIn('en'));
});
