import { expect, it } from 'vitest';
import { chaosFindings } from '../checks.js';
import type { Rules } from '../checks/finding.js';
import { type EvidenceDraft, faultlessEvidence } from './faultless-evidence.js';

/** A change of faultless evidence, with its description. */
export type EvidenceChange = readonly [description: string, change: (evidence: EvidenceDraft) => void];

/** The changes that each rule must find. A rule that finds nothing proves nothing. */
export type PlantedFaults = Readonly<Record<string, readonly EvidenceChange[]>>;

/** Tests that each rule finds each of its planted faults. */
export function describeRules(rules: Rules, faults: PlantedFaults): void {
  const names = Object.keys(rules);
  it('each chaos rule in this file has planted faults', () => {
    expect(Object.keys(faults).toSorted()).toEqual(names.toSorted());
  });
  const planted = Object.entries(faults).flatMap(([name, changes]) =>
    changes.map(([description, plant]) => [name, description, plant] as const),
  );
  it.each(planted)('the rule "%s" finds that %s', (name, _, plant) => {
    expect(namesOfFindings(plant)).toContain(name);
  });
}

/** Tests that no rule finds anything after these changes. */
export function describeFaultless(changes: readonly EvidenceChange[]): void {
  it.each([...changes])('the chaos rules accept %s', (_, change) => {
    const evidence = faultlessEvidence();
    change(evidence);
    expect(chaosFindings(evidence)).toEqual([]);
  });
}

function namesOfFindings(plant: (evidence: EvidenceDraft) => void): string[] {
  const evidence = faultlessEvidence();
  plant(evidence);
  return chaosFindings(evidence).map(({ check }) => check);
}
