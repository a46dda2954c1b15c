import { languageCodes } from '@parley/kernel';
import type VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';

type SayAttributes = NonNullable<Parameters<InstanceType<typeof VoiceResponse>['say']>[0]>;
type SayLanguage = Exclude<SayAttributes extends { language?: infer T } ? T : never, undefined>;

/** The languages of Twilio's voices; the first one of a language is its default region. */
const SAY_LANGUAGES = [
  'af-ZA am-ET ar-AE bg-BG bn-IN ca-ES cs-CZ cy-GB da-DK de-DE de-AT el-GR en-US en-AU en-CA en-GB en-IE en-IN en-NZ en-ZA es-ES es-MX',
  'es-US fi-FI fil-PH fr-FR fr-BE fr-CA gu-IN he-IL hi-IN hu-HU id-ID is-IS it-IT ja-JP kn-IN ko-KR lv-LV ml-IN mr-IN ms-MY nb-NO nl-NL',
  'nl-BE pa-IN pl-PL pt-BR pt-PT ro-RO ru-RU sk-SK sr-RS sv-SE ta-IN te-IN th-TH tr-TR uk-UA vi-VN yue-HK zh-CN zh-HK zh-TW',
].flatMap((tags) => tags.split(' ') as SayLanguage[]);

/**
 * Returns the language of `<Say>`; none if Twilio does not know the language, because it would then say nothing.
 * Without a language, Twilio speaks American English.
 */
export function sayAttributes(language: string): { language?: SayLanguage } {
  const [, region = ''] = language.toLowerCase().split(/[-_]/u);
  const codes = languageCodes(language);
  const spoken =
    SAY_LANGUAGES.find((one) => codes.some((code) => one.toLowerCase() === `${code}-${region}`)) ??
    SAY_LANGUAGES.find((one) => codes.some((code) => one.toLowerCase().startsWith(`${code}-`)));
  return spoken === undefined ? {} : { language: spoken };
}
