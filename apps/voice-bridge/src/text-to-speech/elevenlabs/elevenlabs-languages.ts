import { languageCodes } from '@parley/kernel';

/** The languages of the models of version 2.5. */
const LANGUAGES =
  'en ja zh de hi fr ko pt it es id nl tr fil pl sv bg ro ar cs el fi hr ms sk da ta uk ru hu no vi'.split(
    ' ',
  );
const TAKES_LANGUAGE = /_v2_5$/;
const IS_ENGLISH_ONLY = /^eleven_(?:(?:flash|turbo)_v2|monolingual_v1)$/;

/**
 * Returns `language_code`: a base tag, because ElevenLabs refuses regions. Returns none for an agent with several
 * languages, because the code applies to all text of the stream; the voice then detects the language.
 */
export function languageCode(model: string, languages: readonly string[]): string | undefined {
  const codes = new Set(languages.map(codeOf));
  const [code] = codes;
  if (codes.size !== 1 || code === undefined || !TAKES_LANGUAGE.test(model)) return undefined;
  return LANGUAGES.includes(code) ? code : undefined;
}

export function modelSpeaks(model: string, language: string): boolean {
  const code = codeOf(language);
  if (IS_ENGLISH_ONLY.test(model)) return code === 'en';
  return !TAKES_LANGUAGE.test(model) || LANGUAGES.includes(code);
}

function codeOf(language: string): string {
  const codes = languageCodes(language);
  return codes.find((code) => LANGUAGES.includes(code)) ?? codes[0]!;
}
