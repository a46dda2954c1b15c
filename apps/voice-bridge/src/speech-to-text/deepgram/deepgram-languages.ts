import { baseLanguage } from '@parley/kernel';

/** The languages of `flux-general-multi`, by the base tags that it takes as hints. */
const FLUX_LANGUAGES = ['en', 'es', 'fr', 'de', 'hi', 'ru', 'pt', 'ja', 'it', 'nl'];
/** Nova's models for one trade (`nova-2-medical`) know English only; its general models take any language's tag. */
const ENGLISH_NOVA = /^nova-(?:2|3)-(?!general)\w/;

/** Returns the language hints for Flux; none for a model that takes no hints. */
export function fluxHints(model: string, languages: readonly string[]): string[] {
  if (!model.endsWith('-multi')) return [];
  const bases = new Set(languages.map(baseLanguage));
  return [...bases].filter((base) => FLUX_LANGUAGES.includes(base));
}

export function modelUnderstands(model: string, language: string): boolean {
  const base = baseLanguage(language);
  if (model.startsWith('flux-'))
    return model.endsWith('-multi') ? FLUX_LANGUAGES.includes(base) : base === 'en';
  return base === 'en' || !ENGLISH_NOVA.test(model);
}
