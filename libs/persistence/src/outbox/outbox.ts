import { randomBytes } from 'node:crypto';

import type { Contract, DataOf } from '@parley/contracts';
import { formatId, ID_RANDOM_BYTES } from '@parley/kernel';
import { type EncodedMessage, type MessageCodec, sourceOf } from '@parley/messaging';

import { afterCommit, type Transaction, withCommit } from '../database/transaction.js';
import type { OutboxRelay } from './outbox-relay.js';
import { partitionOf } from './partitions.js';

const INSERT = `
  INSERT INTO outbox (event_id, partition, ordering_key, subject, headers, payload)
  SELECT event_id, partition, ordering_key, subject, headers, payload
  FROM unnest($1::text[], $2::smallint[], $3::text[], $4::text[], $5::jsonb[], $6::bytea[])
    WITH ORDINALITY AS m (event_id, partition, ordering_key, subject, headers, payload, position)
  ORDER BY position`;

/** A message to publish, by its contract. */
export interface OutboxMessage<C extends Contract = Contract> {
  readonly contract: C;
  readonly data: DataOf<C>;
  /** Default: a new `evt_` or `cmd_` id. */
  id?: string;
  /** The time of the event, ISO 8601. Default: now. */
  readonly time?: string;
  /** CloudEvents extension attributes, e.g. `conversationsequence`. */
  readonly extensions?: Readonly<Record<string, string>>;
}

/** The messages of one transaction, as columns of the outbox. */
interface Columns {
  readonly ids: string[];
  readonly partitions: number[];
  readonly keys: string[];
  readonly subjects: string[];
  readonly headers: string[];
  readonly payloads: Uint8Array[];
}

/** Writes messages that are published if and only if their transaction commits. */
export class Outbox {
  readonly #source: string;
  readonly #open = new WeakMap<Transaction, Columns>();

  constructor(
    service: string,
    private readonly codec: MessageCodec,
    /** Absent in a process that only writes. Another process's relay finds the rows by polling. */
    private readonly relay?: Pick<OutboxRelay, 'wake' | 'wakeSoon'>,
  ) {
    this.#source = sourceOf(service);
  }

  /**
   * Writes the messages in order, with one statement that is sent together with the transaction's COMMIT.
   * Messages of one key keep their order only if their writers hold that key's row or advisory lock.
   * @throws ContractViolationError
   */
  async add<Contracts extends readonly Contract[]>(
    tx: Transaction,
    ...messages: { [I in keyof Contracts]: OutboxMessage<Contracts[I]> }
  ): Promise<void> {
    const now = new Date().toISOString();
    for (const message of messages) {
      const { id, key, subject, headers, payload } = this.#encode(message, now);
      const columns = this.#columnsOf(tx);
      columns.ids.push(id);
      columns.partitions.push(partitionOf(key));
      columns.keys.push(key);
      columns.subjects.push(subject);
      columns.headers.push(JSON.stringify(headers));
      columns.payloads.push(payload);
    }
  }

  #columnsOf(tx: Transaction): Columns {
    const known = this.#open.get(tx);
    if (known) return known;
    const opened: Columns = { ids: [], partitions: [], keys: [], subjects: [], headers: [], payloads: [] };
    const { ids, partitions, keys, subjects, headers, payloads } = opened;
    withCommit(tx, INSERT, [ids, partitions, keys, subjects, headers, payloads]);
    afterCommit(tx, () => {
      if (subjects.every(isPublic)) this.relay?.wakeSoon(partitions);
      else this.relay?.wake(partitions);
    });
    this.#open.set(tx, opened);
    return opened;
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

function isPublic(subject: string): boolean {
  return subject.startsWith('evt.');
}
