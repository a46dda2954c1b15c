import type { Mutation } from '../mutation.js';

const QUEUE = 'apps/sms-gateway/src/outbound/queue/adapters/postgres-send-queue.ts';
const ATTEMPTS = 'apps/sms-gateway/src/outbound/delivery/adapters/postgres-attempt-store.ts';
const FOLLOW_UPS = 'apps/sms-gateway/src/outbound/follow-up/adapters/postgres-follow-up-store.ts';
const STEP = 'libs/core/sms-policy/src/delivery/step-delivery.ts';
const STEP_SPEC = 'libs/core/sms-policy/src/delivery/step-delivery.spec.ts';
const GATEWAY_TABLES = 'apps/sms-gateway/src/migrations/1767225700000-create-gateway.ts';
const OUTCOME = 'libs/core/sms-policy/src/delivery/send-outcome.ts';
const DELIVERY = 'libs/core/sms-policy/src/delivery/delivery-status.ts';
const UNKNOWN = 'libs/core/sms-policy/src/delivery/unknown-send.ts';
const STORE_SPEC = 'apps/sms-gateway/src/outbound/queue/send-queue.int.spec.ts';
const OUTCOME_SPEC = 'libs/core/sms-policy/src/delivery/send-outcome.spec.ts';
const UNKNOWN_SPEC = 'libs/core/sms-policy/src/delivery/unknown-send.spec.ts';
const PARTS_SPEC = 'apps/sms-gateway/src/outbound/sending/parts.int.spec.ts';
const CONSENT_SPEC = 'apps/sms-gateway/src/consent/consent.int.spec.ts';

/** Outbound texts: send attempts, status reports, repetitions. */
export const sendMutations: readonly Mutation[] = [
  {
    name: 'a text is sent after STOP',
    file: OUTCOME,
    from: "if (consent === 'opted-out' && !isOptOutConfirmation)",
    to: 'if (false)',
    specs: [OUTCOME_SPEC],
  },
  {
    name: 'the confirmation of STOP is held back',
    file: OUTCOME,
    from: "consent === 'opted-out' && !isOptOutConfirmation",
    to: "consent === 'opted-out'",
    specs: [OUTCOME_SPEC],
  },
  {
    name: 'a text with an unknown outcome is sent again',
    file: OUTCOME,
    from: `    case 'accepted':
    case 'unknown':
      return result;`,
    to: `    case 'accepted':
      return result;
    case 'unknown':
      return { kind: 'retry', delayMs: 0 };`,
    specs: [OUTCOME_SPEC],
  },
  {
    name: 'STOP does not wait for a claim, nor a claim for STOP',
    file: QUEUE,
    from: `    ORDER BY number_index FOR NO KEY UPDATE
`,
    to: `    ORDER BY number_index
`,
    specs: [CONSENT_SPEC],
  },
  {
    name: 'a later text overtakes',
    file: QUEUE,
    from: 'earlier.thread_id = due.thread_id AND earlier.position < due.position',
    to: 'earlier.thread_id = due.thread_id AND earlier.position > due.position',
    specs: [STORE_SPEC],
  },
  {
    name: 'two replicas claim the same text',
    file: QUEUE,
    from: 'ORDER BY not_before LIMIT $1 FOR UPDATE SKIP LOCKED',
    to: 'ORDER BY not_before LIMIT $1',
    specs: [STORE_SPEC],
  },
  {
    name: 'an answer to an earlier claim counts',
    file: ATTEMPTS,
    from: "WHERE id = $1 AND attempt = $2 AND status = 'SENDING'",
    to: "WHERE id = $1 AND attempt <= 9 + $2 AND status = 'SENDING'",
    specs: [STORE_SPEC, 'apps/sms-gateway/src/outbound/sending/sending.int.spec.ts'],
  },
  {
    name: 'a send attempt in progress counts as overdue',
    file: FOLLOW_UPS,
    from: "status = 'SENDING' AND send_deadline < statement_timestamp() -",
    to: "status = 'SENDING' AND send_deadline > statement_timestamp() -",
    specs: [STORE_SPEC, 'apps/sms-gateway/src/outbound/sending/sending.int.spec.ts'],
  },
  {
    name: 'the parts behind a lost one are sent',
    file: STEP,
    from: "part > attempt.part && status === 'PENDING'",
    to: "part < attempt.part && status === 'PENDING'",
    specs: [STEP_SPEC, PARTS_SPEC],
  },
  {
    name: 'a refusal of an earlier claim fails the text',
    file: STEP,
    from: `  if (!isOpen || attempt.claims !== event.claims) return 'outdated';
  const delivery`,
    to: `  if (!isOpen) return 'outdated';
  const delivery`,
    specs: [STEP_SPEC],
  },
  {
    name: 'a refusal of a text that may have been sent again counts',
    file: STEP,
    from: "attempt.status === 'SENDING' || (attempt.status === 'UNKNOWN' && attempt.verdict === undefined)",
    to: "attempt.status === 'SENDING' || attempt.status === 'UNKNOWN'",
    specs: [STEP_SPEC],
  },
  {
    name: 'a report of another text counts',
    file: STEP,
    from: "if (attempt.status === 'REJECTED' || (attempt.providerSid ?? providerSid) !== providerSid)",
    to: "if (attempt.status === 'REJECTED')",
    specs: [STEP_SPEC],
  },
  {
    name: 'a repetition is sent although the text was delivered',
    file: STEP,
    from: "withdrawn: attempts.find(({ retryOf, status }) => retryOf === attempt.id && status === 'PENDING')?.id,",
    to: 'withdrawn: undefined,',
    specs: [STEP_SPEC, 'apps/sms-gateway/src/outbound/delivery/contradicting-reports.int.spec.ts'],
  },
  {
    name: 'two replicas each count one list',
    file: STEP,
    from: " || listings !== event.listings) return 'outdated';",
    to: ") return 'outdated';",
    specs: [STEP_SPEC],
  },
  {
    name: 'a cancelled repetition is sent',
    file: STEP,
    from: "if (attempt.status !== 'ACCEPTED' || !attempt.isFollowUpPlanned) return 'outdated';",
    to: "if (attempt.status !== 'ACCEPTED') return 'outdated';",
    specs: [STEP_SPEC],
  },
  {
    name: 'two sends are one text at the carrier',
    file: GATEWAY_TABLES,
    from: 'provider_sid text UNIQUE',
    to: 'provider_sid text',
    specs: ['apps/sms-gateway/src/gateway.int.spec.ts'],
    tests: 'unique keys',
  },
  {
    name: 'a threadSeq is given out twice',
    file: GATEWAY_TABLES,
    from: `        UNIQUE (thread_id, thread_seq),
`,
    to: '',
    specs: ['apps/sms-gateway/src/gateway.int.spec.ts'],
    tests: 'unique keys',
  },
  {
    name: 'a delivery status falls',
    file: DELIVERY,
    from: 'rankOf(report.status) > rankOf(current.status) ? report.status : current.status',
    to: 'report.status',
    specs: ['libs/core/sms-policy/src/delivery/delivery-status.spec.ts'],
  },
  {
    name: 'a message is delivered though a part has failed',
    file: DELIVERY,
    from: 'if (failure) return',
    to: 'if (false) return',
    specs: ['libs/core/sms-policy/src/delivery/delivery-status.spec.ts'],
  },
  {
    name: 'a text is repeated again and again',
    file: UNKNOWN,
    from: 'if (isRepeated || hasUnsentParts ||',
    to: 'if (hasUnsentParts ||',
    specs: [UNKNOWN_SPEC],
  },
  {
    name: 'one absence from Twilio’s list is enough to repeat a text',
    file: UNKNOWN,
    from: 'const MAX_LISTINGS = 2;',
    to: 'const MAX_LISTINGS = 1;',
    specs: [UNKNOWN_SPEC],
  },
  {
    name: 'a text of another send is taken for ours',
    file: UNKNOWN,
    from: '!context.boundSids.has(providerSid),',
    to: 'true,',
    specs: [UNKNOWN_SPEC],
  },
  {
    name: 'a person’s text is taken for ours',
    file: UNKNOWN,
    from: "direction === 'outbound' &&",
    to: '',
    specs: [UNKNOWN_SPEC],
  },
  {
    name: 'one of two equal texts is taken for ours',
    file: UNKNOWN,
    from: 'if (others.length > 0 || hasRival)',
    to: 'if (hasRival)',
    specs: [UNKNOWN_SPEC],
  },
  {
    name: 'an empty list of a busy number is believed',
    file: UNKNOWN,
    from: 'if (listed.length === 0 && context.hasEarlier)',
    to: 'if (false)',
    specs: [UNKNOWN_SPEC],
  },
];
