import { baseLanguage } from '@parley/kernel';

/** What `flux-general-multi` understands, and takes as a hint: base tags only. */
const FLUX_LANGUAGES = ['en', 'es', 'fr', 'de', 'hi', 'ru', 'pt', 'ja', 'it', 'nl'];
/** Nova's models for one trade (`nova-2-medical`) know English alone; its general ones are told any language's tag. */
const ENGLISH_NOVA = /^nova-(?:2|3)-(?!general)\w/;

/** All languages that the caller may speak, for Flux to expect; nothing for a model that takes no hints. */
export function fluxHints(model: string, languages: readonly string[]): string[] {
  if (!model.endsWith('-multi')) return [];
  const bases = new Set(languages.map(baseLanguage));
  return [...bases].filter((base) => FLUX_LANGUAGES.includes(base));
}

export function isUnderstoodBy(model: string, language: string): boolean {
  const base = baseLanguage(language);
  if (model.startsWith('flux-'))
    return model.endsWith('-multi') ? FLUX_LANGUAGES.includes(base) : base === 'en';
  return base === 'en' || !ENGLISH_NOVA.test(model);
}
