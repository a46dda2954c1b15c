import { answerRules } from './checks/answer-rules.js';
import { carrierRules } from './checks/carrier-rules.js';
import { consentRules } from './checks/consent-rules.js';
import { eventRules } from './checks/event-rules.js';
import { factsOf } from './checks/facts.js';
import { type Finding, type Rules, unfinished } from './checks/finding.js';
import { inboundRules } from './checks/inbound-rules.js';
import { orderRules } from './checks/order-rules.js';
import { statusRules } from './checks/status-rules.js';
import type { Evidence } from './evidence.js';

/** Everything that is promised of texts, in the order in which a text goes through Parley. */
const RULES: Rules = {
  ...inboundRules,
  ...answerRules,
  ...orderRules,
  ...carrierRules,
  ...statusRules,
  ...consentRules,
  ...eventRules,
  'nothing is left over': ({ leftovers }) => leftovers.map(unfinished),
};

export const RULE_NAMES = Object.keys(RULES);

/** What was promised and not kept. */
export function findingsIn(evidence: Evidence): Finding[] {
  const facts = factsOf(evidence);
  return Object.entries(RULES).flatMap(([check, rule]) =>
    rule(facts).map((finding) => ({ check, ...finding })),
  );
}
