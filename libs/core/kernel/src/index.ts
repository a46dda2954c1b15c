export { assertNever } from './assert-never.js';
export type { Brand } from './brand.js';
export * from './ids.js';
export { parseE164, type E164 } from './phone-number.js';
