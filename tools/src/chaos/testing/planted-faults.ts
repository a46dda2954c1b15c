import { describe, expect, it } from 'vitest';
import { findingsIn } from '../checks.js';
import type { Rules } from '../checks/finding.js';
import { type EvidenceDraft, soundEvidence } from './sound-evidence.js';

export type Change = readonly [what: string, change: (evidence: EvidenceDraft) => void];

/** For each rule what it must find: one that cannot fail shows nothing. */
export type PlantedFaults = Readonly<Record<string, readonly Change[]>>;

/** Plants each fault into sound evidence, and sees the rule find it. */
export function describeRules(rules: Rules, faults: PlantedFaults): void {
  const names = Object.keys(rules);
  it('have each been seen to find something', () => {
    expect(Object.keys(faults).toSorted()).toEqual(names.toSorted());
  });
  describe.each(Object.entries(faults))('the rule "%s"', (name, planted) => {
    it.each([...planted])('finds that %s', (_, plant) => {
      expect(namesOfFindings(plant)).toContain(name);
    });
  });
}

/** Changes that break nothing. */
export function describeSound(changes: readonly Change[]): void {
  it.each([...changes])('accept %s', (_, change) => {
    const evidence = soundEvidence();
    change(evidence);
    expect(findingsIn(evidence)).toEqual([]);
  });
}

function namesOfFindings(plant: (evidence: EvidenceDraft) => void): string[] {
  const evidence = soundEvidence();
  plant(evidence);
  return findingsIn(evidence).map(({ check }) => check);
}
