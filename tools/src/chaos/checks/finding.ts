import type { Facts } from './facts.js';

export const FINDING_KINDS = [
  'lost',
  'doubled',
  'out of order',
  'after STOP',
  'wrong person',
  'untrue',
  'gap',
  'unfinished',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** A promise that was broken. */
export interface Finding {
  readonly check: string;
  readonly kind: FindingKind;
  readonly detail: string;
}

export type Broken = Omit<Finding, 'check'>;
/** Names what is broken in the evidence of one seed. */
export type Rule = (facts: Facts) => Broken[];
/** Rules by what they promise. */
export type Rules = Readonly<Record<string, Rule>>;

const brokenAs =
  (kind: FindingKind) =>
  (detail: string): Broken => ({ kind, detail });

export const lost = brokenAs('lost');
export const doubled = brokenAs('doubled');
export const outOfOrder = brokenAs('out of order');
export const afterStop = brokenAs('after STOP');
export const wrongPerson = brokenAs('wrong person');
export const untrue = brokenAs('untrue');
export const gap = brokenAs('gap');
export const unfinished = brokenAs('unfinished');

const BRIEF_CHARS = 60;

/** A text as a finding quotes it. */
export function brief(text: string): string {
  return text.length <= BRIEF_CHARS ? text : `${text.slice(0, BRIEF_CHARS)} …`;
}

export function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
