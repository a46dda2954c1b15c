import type { Mutation } from '../mutation.js';

const LEASES = 'libs/persistence/src/outbox/partition-leases.ts';
const ROWS = 'libs/persistence/src/outbox/outbox-rows.ts';
const QUEUES = 'libs/persistence/src/outbox/publish-queues.ts';
const SETTLEMENT = 'libs/persistence/src/outbox/settlement-rows.ts';
const INBOX = 'libs/persistence/src/inbox/inbox.ts';
const HANDLING = 'libs/messaging/src/jetstream/message-handling.ts';
const CODEC = 'libs/messaging/src/codec/message-codec.ts';
const LEASES_SPEC = 'libs/persistence/src/outbox/partition-leases.int.spec.ts';
const QUEUES_SPEC = 'libs/persistence/src/outbox/publish-queues.spec.ts';
const SETTLEMENT_SPEC = 'libs/persistence/src/outbox/settlement-rows.int.spec.ts';
const INBOX_SPEC = 'libs/persistence/src/inbox/inbox.int.spec.ts';
const CONSUMER_SPEC = 'libs/messaging/src/jetstream/durable-consumer.int.spec.ts';
const CODEC_SPEC = 'libs/messaging/src/codec/message-codec.spec.ts';

/** Messages between services: written with their effect, published in order, handled once. */
export const outboxMutations: readonly Mutation[] = [
  {
    name: 'two relays hold a partition',
    file: LEASES,
    from: 'WHERE ($3 AND lease_token = $1) OR',
    to: 'WHERE ($3 AND lease_token IS NOT NULL) OR',
    specs: [LEASES_SPEC],
  },
  {
    name: 'a running lease is claimed',
    file: LEASES,
    from: 'lease_until IS NULL OR lease_until < clock_timestamp()',
    to: 'lease_until IS NULL OR lease_until > clock_timestamp()',
    specs: [LEASES_SPEC],
  },
  {
    name: 'a lease never ends for its holder',
    file: LEASES,
    from: 'return performance.now() < (this.#heldUntil.get(partition) ?? 0);',
    to: 'return this.#heldUntil.has(partition);',
    specs: [LEASES_SPEC],
  },
  {
    name: 'the newest message is published first',
    file: ROWS,
    from: 'ORDER BY id LIMIT $5',
    to: 'ORDER BY id DESC LIMIT $5',
    specs: [
      'libs/persistence/src/outbox/outbox-order.int.spec.ts',
      'libs/persistence/src/outbox/outbox-relay.int.spec.ts',
    ],
  },
  {
    name: 'a message that failed is published',
    file: ROWS,
    from: 'published_at IS NULL AND failed_at IS NULL AND partition',
    to: 'published_at IS NULL AND partition',
    specs: ['libs/persistence/src/outbox/outbox-relay.int.spec.ts'],
  },
  {
    name: 'two messages of a key are published at the same time',
    file: QUEUES,
    from: 'return `${kindOf(row.subject)} ${row.orderingKey}`;',
    to: 'return row.id;',
    specs: [QUEUES_SPEC],
  },
  {
    name: 'a row under way is forgotten',
    file: QUEUES,
    from: '(queue.busy && index === 0) || !which(row)',
    to: '!which(row)',
    specs: [QUEUES_SPEC],
  },
  {
    name: 'a stream that was created again is not noticed',
    file: SETTLEMENT,
    from: '(stream_created <> $3 OR stream_sequence < $4',
    to: '(($3)::text IS NULL OR stream_sequence < $4',
    specs: ['libs/persistence/src/outbox/settlement-rows.int.spec.ts'],
  },
  {
    name: 'a message is published again that was already',
    file: SETTLEMENT,
    from: 'WHERE outbox_id = seen.id AND stream_created = seen.created AND stream_sequence = seen.position',
    to: 'WHERE outbox_id = seen.id',
    specs: [SETTLEMENT_SPEC],
  },
  {
    name: 'the stream takes a repetition for a duplicate',
    file: 'libs/persistence/src/outbox/outbox-relay.ts',
    from: 'return republished === 0 ? eventId : `${eventId}.r${republished}`;',
    to: 'return eventId;',
    specs: [
      'libs/persistence/src/outbox/settlement.int.spec.ts',
      'libs/persistence/src/outbox/outbox-relay.int.spec.ts',
    ],
  },
  {
    name: 'a message is handled twice',
    file: INBOX,
    from: "WHERE inbox.state = 'failing'",
    to: "WHERE inbox.state <> 'dead'",
    specs: [INBOX_SPEC],
  },
  {
    name: 'a dead letter is handled',
    file: INBOX,
    from: "WHERE inbox.state = 'failing'",
    to: "WHERE inbox.state IN ('failing', 'dead')",
    specs: [INBOX_SPEC],
  },
  {
    name: 'a message is acknowledged before it is handled',
    file: HANDLING,
    from: 'await withTimeout(HANDLER_DEADLINE_MS, this.handler(data, context), failAtDeadline);',
    to: 'void this.handler(data, context).catch(() => undefined);',
    specs: [CONSUMER_SPEC],
  },
  {
    name: 'an outage is counted as a failure',
    file: HANDLING,
    from: "if (error instanceof RetryableError) return { kind: 'retryable', error };",
    to: '',
    specs: [CONSUMER_SPEC, 'libs/messaging/src/messaging.int.spec.ts'],
  },
  {
    name: 'a poison message is tried again',
    file: HANDLING,
    from: 'if (error instanceof PoisonMessageError) return await this.#storeDeadLetter(message, error);',
    to: '',
    specs: ['libs/messaging/src/jetstream/message-handling.spec.ts'],
  },
  {
    name: 'a sealed field opens in another message',
    file: CODEC,
    from: 'return `${eventId}:${field}`;',
    to: 'return field;',
    specs: [CODEC_SPEC],
  },
  {
    name: 'secrets travel in clear',
    file: CODEC,
    from: 'const sealed = contract.secretFields.length > 0 ? this.#seal(contract, fields, options.id) : fields;',
    to: 'const sealed = fields;',
    specs: [CODEC_SPEC],
  },
];
