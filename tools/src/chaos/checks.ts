import { answerRules } from './checks/answer-rules.js';
import { carrierRules } from './checks/carrier-rules.js';
import { consentRules } from './checks/consent-rules.js';
import { eventRules } from './checks/event-rules.js';
import { indexEvidence } from './checks/facts.js';
import { type Finding, type Rules, unfinishedViolation } from './checks/finding.js';
import { inboundRules } from './checks/inbound-rules.js';
import { operatorMessageRules } from './checks/operator-message-rules.js';
import { statusRules } from './checks/status-rules.js';
import type { Evidence } from './evidence.js';

/** All rules, in the order in which a text passes through Parley. */
const RULES: Rules = {
  ...inboundRules,
  ...answerRules,
  ...operatorMessageRules,
  ...carrierRules,
  ...statusRules,
  ...consentRules,
  ...eventRules,
  'all work is finished': ({ leftovers }) => leftovers.map(unfinishedViolation),
};

export const RULE_NAMES = Object.keys(RULES);

/** Applies all rules to the evidence of one seed. */
export function chaosFindings(evidence: Evidence): Finding[] {
  const facts = indexEvidence(evidence);
  return Object.entries(RULES).flatMap(([check, rule]) =>
    rule(facts).map((finding) => ({ check, ...finding })),
  );
}
