/** The language of a BCP 47 tag without region or script: `de-AT` → `de`. */
export const baseLanguage = (tag: string): string => tag.toLowerCase().split(/[-_]/u)[0]!;
