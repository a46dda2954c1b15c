import type { ConversionPolicy } from './verification-policy.js';

/** How the verifications of one prefix ended lately. One that is pending is not counted. */
export interface Conversions {
  readonly approved: number;
  readonly ended: number;
}

/** Whether so few codes of a prefix are typed that somebody probably earns by receiving them (SMS pumping). */
export function isPumped(
  { approved, ended }: Conversions,
  { minEnded, minApproved }: ConversionPolicy,
): boolean {
  return ended >= minEnded && approved < minApproved * ended;
}
