import { defaultVoiceSettings } from '@parley/contracts';
import { describe, expect, it } from 'vitest';
import { fluxHints } from '../speech-to-text/deepgram/deepgram-languages.js';
import { deepgramSpeechToText } from '../speech-to-text/deepgram/deepgram-speech-to-text.js';
import { languageCode } from '../text-to-speech/elevenlabs/elevenlabs-languages.js';
import { ElevenLabsTextToSpeech } from '../text-to-speech/elevenlabs/elevenlabs-text-to-speech.js';
import { languageWarnings } from './check-languages.js';

function warnings(languages: string[], model: string, voiceModel = 'eleven_flash_v2_5'): string[] {
  return languageWarnings(
    { agentId: undefined, voice: defaultVoiceSettings(languages) },
    deepgramSpeechToText({ apiKey: 'simulated', model }),
    new ElevenLabsTextToSpeech({ apiKey: 'simulated', model: voiceModel, voiceId: 'simulated' }),
  );
}

describe('an agent with a language that the models do not know', () => {
  it.each([
    [['en-GB'], 'flux-general-en', []],
    [['de'], 'flux-general-en', ['de']],
    [['en', 'de-AT', 'es'], 'flux-general-en', ['de-AT, es']],
    [['de', 'ja'], 'flux-general-multi', []],
    [['de', 'sv'], 'flux-general-multi', ['sv']],
    [['sv'], 'nova-3', []],
    [['de'], 'nova-2-phonecall', ['de']],
    [['de'], 'nova-2-general', []],
  ])(
    'of the languages %j of an agent, the warnings for the recogniser %s name %j',
    (languages, model, unknown) => {
      expect(warnings(languages, model)).toEqual(
        unknown.map(
          (tags) => `An agent speaks ${tags}, which the model in DEEPGRAM_MODEL does not understand`,
        ),
      );
    },
  );

  it('an agent with a language that the voice does not know gets a warning', () => {
    const text = (tag: string): string =>
      `An agent speaks ${tag}, which the model in ELEVENLABS_MODEL does not speak`;
    expect(warnings(['th'], 'nova-3')).toEqual([text('th')]);
    expect(warnings(['de'], 'nova-3', 'eleven_flash_v2')).toEqual([text('de')]);
    expect(warnings(['th', 'de'], 'nova-3', 'eleven_multilingual_v2')).toEqual([]);
  });
});

describe('the languages that the vendors get', () => {
  it('Flux gets the base tags of all languages as hints, if its model takes hints', () => {
    expect(fluxHints('flux-general-multi', ['de-AT', 'en-US', 'en-GB', 'sv'])).toEqual(['de', 'en']);
    expect(fluxHints('flux-general-en', ['en-US'])).toEqual([]);
  });

  it.each([
    ['eleven_flash_v2_5', ['es-ES'], 'es'],
    ['eleven_turbo_v2_5', ['de', 'de-AT'], 'de'],
    ['eleven_flash_v2_5', ['nb-NO'], 'no'],
    ['eleven_flash_v2_5', ['de', 'en'], undefined],
    ['eleven_flash_v2_5', ['th'], undefined],
    ['eleven_multilingual_v2', ['de'], undefined],
  ])(
    "the language code for ElevenLabs' model %s and an agent that speaks %j is %j",
    (model, languages, code) => {
      expect(languageCode(model, languages)).toBe(code);
    },
  );
});
