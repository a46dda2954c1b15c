import type { E164 } from '@parley/kernel';
import { callingCodeOf, type CallingCode } from './calling-codes.js';

/** The kind of line behind a number, as far as the number or a carrier look-up says. */
export type LineType =
  'mobile' | 'landline' | 'mobile-or-landline' | 'voip' | 'toll-free' | 'premium' | 'satellite' | 'unknown';

/** North American area codes that belong to no person: toll-free, premium, and the machines of 5XX. */
const NANP_LINE_TYPES: ReadonlyMap<string, LineType> = new Map([
  ...['800', '833', '844', '855', '866', '877', '888'].map((code) => [code, 'toll-free'] as const),
  ...['900', '976'].map((code) => [code, 'premium'] as const),
]);

/** Calling codes that belong to no country: shared-cost, satellite, international networks, premium. */
const GLOBAL_LINE_TYPES: ReadonlyMap<CallingCode, LineType> = new Map([
  ['800', 'toll-free'],
  ['808', 'premium'],
  ['870', 'satellite'],
  ['878', 'voip'],
  ['881', 'satellite'],
  ['882', 'satellite'],
  ['883', 'satellite'],
  ['888', 'unknown'],
  ['979', 'premium'],
]);

/** Returns the line type as far as the number itself says it. */
export function lineTypeOf(number: E164): LineType {
  const code = callingCodeOf(number);
  if (code === '1') return NANP_LINE_TYPES.get(number.slice(2, 5)) ?? 'mobile-or-landline';
  return GLOBAL_LINE_TYPES.get(code) ?? 'unknown';
}

export type NumberDecision =
  { kind: 'allow' } | { kind: 'refuse'; reason: 'country-not-allowed' | 'line-type-not-allowed' };

/** Decides whether codes may be sent to a number at all. */
export function decideNumber(
  number: E164,
  lineType: LineType,
  policy: { readonly countries: readonly CallingCode[]; readonly lineTypes: readonly LineType[] },
): NumberDecision {
  if (!policy.countries.includes(callingCodeOf(number)))
    return { kind: 'refuse', reason: 'country-not-allowed' };
  if (!policy.lineTypes.includes(lineType)) return { kind: 'refuse', reason: 'line-type-not-allowed' };
  return { kind: 'allow' };
}
