/**
 * What the database found and did when it checked a code. It decides and counts in one statement, so that parallel guesses
 * cannot share a count; this only names the result.
 */
export interface CheckRecord {
  /** Whether the verification exists for this subject and purpose. */
  readonly isKnown: boolean;
  /** Whether the code was compared: only then the check was counted. */
  readonly isCounted: boolean;
  readonly isMatch: boolean;
  /** Whether the number and subject have used up the checks of their day. */
  readonly isDayUsedUp: boolean;
}

export type CheckOutcome = 'approved' | 'wrong-code' | 'over' | 'limited' | 'not-found';

/** Names the outcome of a check. Only a counted match approves. */
export function outcomeOfCheck({ isKnown, isCounted, isMatch, isDayUsedUp }: CheckRecord): CheckOutcome {
  if (!isKnown) return 'not-found';
  if (isCounted) return isMatch ? 'approved' : 'wrong-code';
  return isDayUsedUp ? 'limited' : 'over';
}
