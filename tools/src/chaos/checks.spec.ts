import { describe, expect, it } from 'vitest';
import { chaosFindings, RULE_NAMES } from './checks.js';
import { answerRules } from './checks/answer-rules.js';
import { carrierRules } from './checks/carrier-rules.js';
import { consentRules } from './checks/consent-rules.js';
import { eventRules } from './checks/event-rules.js';
import { inboundRules } from './checks/inbound-rules.js';
import { operatorMessageRules } from './checks/operator-message-rules.js';
import { statusRules } from './checks/status-rules.js';
import { answeredTexts, recoveriesIn } from './recovery.js';
import { EPOCH_MS, faultlessEvidence } from './testing/faultless-evidence.js';

const GROUPS = [
  inboundRules,
  answerRules,
  operatorMessageRules,
  carrierRules,
  statusRules,
  consentRules,
  eventRules,
];

describe('the chaos rules', () => {
  it('the chaos rules find nothing in evidence without faults', () => {
    expect(chaosFindings(faultlessEvidence())).toEqual([]);
  });

  it('every chaos rule is applied', () => {
    expect(RULE_NAMES).toEqual([...GROUPS.flatMap((rules) => Object.keys(rules)), 'all work is finished']);
  });

  it('the chaos rules report unfinished work', () => {
    const evidence = { ...faultlessEvidence(), leftovers: ['1 lanes'] };
    expect(chaosFindings(evidence)).toEqual([
      { check: 'all work is finished', kind: 'unfinished', detail: '1 lanes' },
    ]);
  });
});

describe('recoveriesIn', () => {
  const faultAt = (name: string, startMs: number, endMs: number) => ({
    name,
    startedAtMs: EPOCH_MS + startMs,
    endedAtMs: EPOCH_MS + endMs,
  });

  it('the recovery time is counted from the start of a fault to the last reply to a text posted during it', () => {
    const faults = [
      faultAt('kill', 0, 800),
      faultAt('late', 5_000, 6_000),
      faultAt('after the reply', 1_100, 1_200),
    ];
    expect(recoveriesIn({ ...faultlessEvidence(), faults })).toEqual([{ fault: 'kill', ms: 1_000 }]);
  });
});

describe('answeredTexts', () => {
  it('answeredTexts counts the texts whose reply the carrier accepted', () => {
    expect(answeredTexts(faultlessEvidence())).toBe(1);
    expect(answeredTexts({ ...faultlessEvidence(), acceptedTexts: [] })).toBe(0);
  });
});
