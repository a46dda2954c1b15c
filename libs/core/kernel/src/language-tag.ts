/** Returns the language of a BCP 47 tag without region and script: `de-AT` → `de`. */
export const baseLanguage = (tag: string): string => tag.toLowerCase().split(/[-_]/u)[0]!;

/** Languages with several codes, of which a vendor or a word list may know only one. */
const CODES = [
  ['no', 'nb', 'nn'],
  ['zh', 'cmn'],
  ['fil', 'tl'],
] as const;

/** Returns all codes of a tag's language, the tag's own first: `nb-NO` → `nb`, `no`, `nn`. */
export function languageCodes(tag: string): readonly string[] {
  const own = baseLanguage(tag);
  const codes: readonly string[] = CODES.find((group) => (group as readonly string[]).includes(own)) ?? [];
  return [own, ...codes.filter((code) => code !== own)];
}
