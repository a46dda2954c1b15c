import type { Mutation } from '../mutation.js';

const LANES = 'apps/agent-orchestrator/src/turns/adapters/postgres-lanes.ts';
const LANE_STATEMENTS = 'apps/agent-orchestrator/src/turns/adapters/lane-statements.ts';
const END_TURN = 'apps/agent-orchestrator/src/turns/end-turn.ts';
const LOG = 'apps/agent-orchestrator/src/conversations/adapters/postgres-conversation-log.ts';
const APPEND = 'apps/agent-orchestrator/src/conversations/append-inbound.ts';
const LOG_TABLES = 'apps/agent-orchestrator/src/migrations/1767225700000-conversation-log.ts';
const BURST = 'libs/core/dialogue/src/burst.ts';
const CONTEXT = 'libs/core/dialogue/src/context.ts';
const INBOUND = 'libs/core/sms-policy/src/inbound/inbound-sms.ts';
const CLAIM_SPEC = 'apps/agent-orchestrator/src/turns/claim-turns.int.spec.ts';
const END_SPEC = 'apps/agent-orchestrator/src/turns/end-turn.int.spec.ts';
const TAKE_SPEC = 'apps/agent-orchestrator/src/turns/take-turn.int.spec.ts';
const APPEND_SPEC = 'apps/agent-orchestrator/src/conversations/append-inbound.int.spec.ts';
const INBOUND_SPEC = 'libs/core/sms-policy/src/inbound/inbound-sms.spec.ts';

/** Inbound texts: the log, and the turns that answer them. */
export const textMutations: readonly Mutation[] = [
  {
    name: 'a turn ends without its lease',
    file: LANE_STATEMENTS,
    from: `        lease_token = NULL, lease_until = NULL
    WHERE id = $1 AND lease_token = $2 AND (last`,
    to: `        lease_token = NULL, lease_until = NULL
    WHERE id = $1 AND ($2::uuid IS NOT NULL) AND (last`,
    specs: [END_SPEC],
  },
  {
    name: 'a newer text does not drop the draft',
    file: LANE_STATEMENTS,
    from: `(last_inbound_seq = $3 OR acted_seq = $3 OR $4::boolean)
      AND control`,
    to: `(last_inbound_seq >= $3 OR $4::boolean)
      AND control`,
    specs: [END_SPEC],
  },
  {
    name: 'a leased turn is leased once more',
    file: LANE_STATEMENTS,
    from: 'AND (lane.lease_until IS NULL OR lane.lease_until < clock_timestamp())',
    to: '',
    specs: [CLAIM_SPEC, 'apps/agent-orchestrator/src/turns/due-turns.int.spec.ts'],
  },
  {
    name: 'a turn is taken by a person, and the agent answers',
    file: LANE_STATEMENTS,
    from: "lane.turn_due_at <= statement_timestamp() AND lane.control = 'agent'",
    to: 'lane.turn_due_at <= statement_timestamp()',
    specs: [CLAIM_SPEC, 'apps/agent-orchestrator/src/turns/due-turns.int.spec.ts'],
  },
  {
    name: 'a turn is leased for ever again',
    file: LANES,
    from: 'turn_attempts = lane.turn_attempts + 1',
    to: 'turn_attempts = lane.turn_attempts',
    specs: [CLAIM_SPEC, TAKE_SPEC],
  },
  {
    name: 'a lease is renewed with any token',
    file: LANES,
    from: 'WHERE lane.id = held.lane_id AND lane.lease_token = held.lease_token',
    to: 'WHERE lane.id = held.lane_id',
    specs: [CLAIM_SPEC, 'apps/agent-orchestrator/src/turns/due-turns.int.spec.ts'],
  },
  {
    name: 'apologies follow each other',
    file: END_TURN,
    from: 'if (await this.lanes.hasSent(tx, turn.conversationId, kind, APOLOGY_WINDOW_MS)) return undefined;',
    to: '',
    specs: [TAKE_SPEC],
  },
  {
    name: 'a text is logged again',
    file: LOG,
    from: "WHERE channel = $11 AND direction = 'inbound' AND provider_message_id = $5",
    to: 'WHERE provider_message_id = $5 AND false',
    specs: [APPEND_SPEC],
  },
  {
    name: 'a seq is given out twice',
    file: LOG_TABLES,
    from: `        UNIQUE (conversation_id, seq)
`,
    to: `        CHECK (seq > 0)
`,
    specs: ['apps/agent-orchestrator/src/conversations/unique-keys.int.spec.ts'],
  },
  {
    name: 'a text stands in the log twice',
    file: LOG_TABLES,
    from: 'CREATE UNIQUE INDEX message_once_per_provider_id',
    to: 'CREATE INDEX message_once_per_provider_id',
    specs: ['apps/agent-orchestrator/src/conversations/unique-keys.int.spec.ts'],
  },
  {
    name: 'a question has two answers',
    file: LOG_TABLES,
    from: 'CREATE UNIQUE INDEX message_one_answer',
    to: 'CREATE INDEX message_one_answer',
    specs: [END_SPEC],
  },
  {
    name: 'a text that is days old is answered',
    file: APPEND,
    from: '!isStale && ',
    to: '',
    specs: [APPEND_SPEC],
  },
  {
    name: 'a status falls',
    file: 'libs/core/dialogue/src/message-status.ts',
    from: 'RANK[status] < RANK[reported]',
    to: 'RANK[status] !== RANK[reported]',
    specs: [
      'libs/core/dialogue/src/dialogue.spec.ts',
      'apps/agent-orchestrator/src/conversations/record-message-status.int.spec.ts',
    ],
  },
  {
    name: 'the texts of a burst are swapped',
    file: CONTEXT,
    from: '(a.threadSeq ?? 0) - (b.threadSeq ?? 0)',
    to: '(b.threadSeq ?? 0) - (a.threadSeq ?? 0)',
    specs: ['libs/core/dialogue/src/context.spec.ts'],
  },
  {
    name: 'a reply does not wait for quiet',
    file: BURST,
    from: 'return Math.min(burst.newestAtMs + quietMs, burst.firstAtMs + longestMs);',
    to: 'return burst.firstAtMs;',
    specs: ['libs/core/dialogue/src/burst.spec.ts'],
  },
  {
    name: 'a burst that does not end is not answered',
    file: BURST,
    from: 'return burst.reruns < policy.maxReruns && ageMs < policy.supersededForMs;',
    to: 'return true;',
    specs: ['libs/core/dialogue/src/burst.spec.ts'],
  },
  {
    name: 'a text of a person who opted out is answered',
    file: INBOUND,
    from: "if (situation.consent === 'opted-out') return { kind: 'ignore', reason: 'opted-out' };",
    to: '',
    specs: [INBOUND_SPEC],
  },
  {
    name: 'our own lines text each other',
    file: INBOUND,
    from: 'situation.ownNumbers.has(from)',
    to: 'situation.ownNumbers.has(to)',
    specs: [INBOUND_SPEC],
  },
  {
    name: 'STOP is answered by the carrier and by us',
    file: INBOUND,
    from: "const isOurs = answeredBy === 'gateway';",
    to: 'const isOurs = true;',
    specs: [INBOUND_SPEC],
  },
  {
    name: 'a full-width STOP is no STOP',
    file: 'libs/core/sms-policy/src/inbound/opt-out-words.ts',
    from: `    .normalize('NFKC')
`,
    to: '',
    specs: ['libs/core/sms-policy/src/inbound/opt-out-words.spec.ts'],
  },
];
