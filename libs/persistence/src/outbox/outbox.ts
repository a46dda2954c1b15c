import { randomBytes } from 'node:crypto';

import type { Contract, DataOf } from '@parley/contracts';
import { formatId, ID_RANDOM_BYTES } from '@parley/kernel';
import { type EncodedMessage, type MessageCodec, sourceOf } from '@parley/messaging';

import { afterCommit, type Transaction, withCommit } from '../transactions.js';
import type { OutboxRelay } from './outbox-relay.js';
import { partitionOf } from './partitions.js';

/** A message to be published, by its contract. */
export interface OutboxMessage<C extends Contract = Contract> {
  contract: C;
  data: DataOf<C>;
  /** Default: a new `evt_` or `cmd_` id. */
  id?: string;
  /** When it happened, ISO 8601. Default: now. */
  time?: string;
  /** CloudEvents extension attributes, e.g. `conversationsequence`. */
  extensions?: Readonly<Record<string, string>>;
}

/** Messages that leave if, and only if, their transaction commits. */
export class Outbox {
  readonly #source: string;

  constructor(
    service: string,
    private readonly codec: MessageCodec,
    private readonly relay: OutboxRelay,
  ) {
    this.#source = sourceOf(service);
  }

  /**
   * Writes the messages, in their order, with one statement that goes out together with the COMMIT. Messages of one
   * key keep their order only if whoever writes them holds that key's row or advisory lock.
   * @throws ContractViolationError
   */
  async add<Contracts extends readonly Contract[]>(
    tx: Transaction,
    ...messages: { [I in keyof Contracts]: OutboxMessage<Contracts[I]> }
  ): Promise<void> {
    if (messages.length === 0) return;
    const now = new Date().toISOString();
    const encoded = messages.map((message) => this.#encode(message, now));
    const partitions = encoded.map(({ key }) => partitionOf(key));
    insert(tx, encoded, partitions);
    afterCommit(tx, () => this.relay.wake(partitions));
  }

  #encode({ contract, data, id, time, extensions }: OutboxMessage, now: string): EncodedMessage {
    const prefix = contract.kind === 'cmd' ? 'cmd' : 'evt';
    return this.codec.encode(contract, data, {
      id: id ?? formatId(prefix, Date.now(), randomBytes(ID_RANDOM_BYTES)),
      source: this.#source,
      time: time ?? now,
      ...(extensions && { extensions }),
    });
  }
}

function insert(tx: Transaction, messages: readonly EncodedMessage[], partitions: readonly number[]): void {
  withCommit(
    tx,
    `INSERT INTO outbox (event_id, partition, ordering_key, subject, headers, payload)
     SELECT event_id, partition, ordering_key, subject, headers, payload
     FROM unnest($1::text[], $2::smallint[], $3::text[], $4::text[], $5::jsonb[], $6::bytea[])
       WITH ORDINALITY AS m (event_id, partition, ordering_key, subject, headers, payload, place)
     ORDER BY place`,
    [
      messages.map(({ id }) => id),
      partitions,
      messages.map(({ key }) => key),
      messages.map(({ subject }) => subject),
      messages.map(({ headers }) => JSON.stringify(headers)),
      messages.map(({ payload }) => payload),
    ],
  );
}
