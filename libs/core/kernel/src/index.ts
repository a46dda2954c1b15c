export { assertNever } from './assert-never.js';
export { isBlank } from './blank-text.js';
export * from './ids.js';
export { baseLanguage, languageCodes } from './language-tag.js';
export { REASONING_TAGS } from './reasoning-tags.js';
export { parseE164, parsePersonNumber, type E164 } from './phone-number.js';
