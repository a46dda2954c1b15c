import { ENGLISH_VOICE_SETTINGS, defaultVoiceSettings } from '@parley/contracts';
import { judgeWords } from '@parley/turn-taking';
import { expect, it } from 'vitest';
import { languageOfText, turnPolicyOf } from './voice-agent.js';

it("[V-03] an agent's backchannels are those of its languages and its own", () => {
  const voice = { ...ENGLISH_VOICE_SETTINGS, languages: ['de-DE', 'es'], backchannels: ['Passt scho'] };
  const policy = turnPolicyOf({ agentId: undefined, voice });
  const judge = (text: string): string =>
    judgeWords(text, { overlap: 'playing', played: [], hasAsked: false }, policy);
  expect(['Ja, genau.', 'Sí, claro.', 'passt scho!', 'Makes sense.'].map(judge)).toEqual([
    'backchannel',
    'backchannel',
    'backchannel',
    'interrupts',
  ]);
});

it("a default phrase is in the agent's language, or in English if that language has no default phrases", () => {
  const german = { agentId: undefined, voice: defaultVoiceSettings(['de-AT', 'en']) };
  expect(languageOfText(german, german.voice.apology)).toBe('de-AT');
  const swedish = {
    agentId: undefined,
    voice: { ...defaultVoiceSettings(['sv']), busy: 'Alla är upptagna.' },
  };
  expect(languageOfText(swedish, swedish.voice.apology)).toBe('en');
  expect(languageOfText(swedish, swedish.voice.busy)).toBe('sv');
});
