import { describe, expect, it } from 'vitest';
import { AgentVoice, defaultVoiceSettings } from './agent-settings.js';
import { defaultTextsIn } from './default-texts.js';

const LANGUAGES = ['en', 'de', 'es', 'fr', 'it', 'pt', 'nl', 'ja', 'zh', 'hi'];

describe.each(LANGUAGES)('the default texts in %s', (language) => {
  it('the default texts of each language are complete, and none is in English', () => {
    const texts = defaultTextsIn(`${language}-XX`);
    if (language !== 'en')
      for (const [name, text] of Object.entries(texts))
        expect([name, text]).not.toEqual([name, defaultTextsIn('en')[name as keyof typeof texts]]);
    expect(AgentVoice.parse(defaultVoiceSettings([language]))).toEqual(defaultVoiceSettings([language]));
  });

  it('the default keyword replies name keywords that the gateway understands', () => {
    const { stop, start, help } = defaultTextsIn(language);
    expect(stop).toContain('START');
    expect(start).toMatch(/HELP.*STOP/);
    expect(help).toMatch(/STOP.*START/);
  });
});

it('the default texts for an unknown language are in English', () => {
  expect(defaultTextsIn('sv-SE')).toBe(defaultTextsIn('en'));
  expect(defaultTextsIn(undefined)).toBe(defaultTextsIn('en'));
});
