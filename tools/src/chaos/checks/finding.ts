import type { IndexedEvidence } from './facts.js';

export const FINDING_KINDS = [
  'lost',
  'duplicated',
  'out of order',
  'after STOP',
  'wrong person',
  'incorrect',
  'gap',
  'unfinished',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** A violation and the rule that found it. */
export interface Finding {
  readonly check: string;
  readonly kind: FindingKind;
  readonly detail: string;
}

export type Violation = Omit<Finding, 'check'>;
/** Returns the violations in the evidence of one seed. */
export type Rule = (facts: IndexedEvidence) => Violation[];
/** Rules by name; the name states what must hold. */
export type Rules = Readonly<Record<string, Rule>>;

const violationOf =
  (kind: FindingKind) =>
  (detail: string): Violation => ({ kind, detail });

export const lostViolation = violationOf('lost');
export const duplicateViolation = violationOf('duplicated');
export const outOfOrderViolation = violationOf('out of order');
export const afterStopViolation = violationOf('after STOP');
export const wrongPersonViolation = violationOf('wrong person');
export const incorrectViolation = violationOf('incorrect');
export const gapViolation = violationOf('gap');
export const unfinishedViolation = violationOf('unfinished');

const BRIEF_CHARS = 60;

/** Shortens a text for a finding. */
export function shorten(text: string): string {
  return text.length <= BRIEF_CHARS ? text : `${text.slice(0, BRIEF_CHARS)} …`;
}

export function countOccurrences(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
