/** The language of a BCP 47 tag without region or script: `de-AT` → `de`. */
export const baseLanguage = (tag: string): string => tag.toLowerCase().split(/[-_]/u)[0]!;

/** Languages that have several codes. Vendors and word lists know only one of them. */
const CODES = [
  ['no', 'nb', 'nn'],
  ['zh', 'cmn'],
  ['fil', 'tl'],
] as const;

/** All codes of a tag's language, its own first: `nb-NO` → `nb`, `no`, `nn`. */
export function languageCodes(tag: string): readonly string[] {
  const own = baseLanguage(tag);
  const codes: readonly string[] = CODES.find((group) => (group as readonly string[]).includes(own)) ?? [];
  return [own, ...codes.filter((code) => code !== own)];
}
