import { Logger } from '@nestjs/common';
import {
  type JetStreamPublisher,
  type NatsLink,
  PublishRefusedError,
  RpcClient,
  StreamProgress,
} from '@parley/messaging';
import { messageOf, RetryableError, withTimeout } from '@parley/resilience';

import type { Database } from '../database/database.js';
import type { DuePoll, PolledLoop } from '../due-poll.js';
import type { PersistenceTimes } from '../persistence-times.js';
import { ConsumerInboxes } from './consumer-inboxes.js';
import { kindOf } from './kind-of.js';
import { OutboxRows, type PendingFilter, type PendingRow } from './outbox-rows.js';
import { OutboxMarks } from './outbox-marks.js';
import { PartitionLeases } from './partition-leases.js';
import { PublishQueues } from './publish-queues.js';
import { Settlement } from './settlement.js';
import { SettlementRows } from './settlement-rows.js';
import { StreamPauses } from './stream-pauses.js';

/** How many messages are published at the same time, at most one of each key. */
const MAX_IN_FLIGHT = 64;
/** How many rows the relay reads at once. */
const READ_ROWS = 128;
/** The relay reads more rows when fewer than this are in memory. */
const READ_AGAIN_BELOW_ROWS = 64;
/** When this many rows of a key are in memory, no more of the key are read, so that other keys have capacity. */
const MAX_ROWS_PER_KEY = 16;
const STOP_TIMEOUT_MS = 5_000;
/** How long the relay collects events to read them together. No service of ours waits for events. */
const EVENTS_GATHER_MS = 20;
/** The text of a ping that announces released leases. A ping without text announces rows. */
const RELEASED = 'released';

/**
 * Publishes outbox rows: rows of one key one after the other, rows of other keys in parallel. The replica
 * that leases a partition publishes its rows. A row is marked after its PubAck; if the mark is lost, the row
 * is published again under the same message id, which the stream stores once. `Settlement` finds messages
 * that were lost after their PubAck.
 */
export class OutboxRelay {
  readonly #logger = new Logger(OutboxRelay.name);
  readonly #pingSubject: string;
  readonly #leases: PartitionLeases;
  readonly #rows: OutboxRows;
  readonly #marks: OutboxMarks;
  readonly #queues = new PublishQueues();
  readonly #pauses: StreamPauses;
  readonly #settlement: Settlement;
  readonly #reading: PolledLoop;
  readonly #leasing: PolledLoop;
  #forgotten = 0;
  /** The relay reads more rows when fewer than this are in memory. With 0, it reads only after a wake-up or poll. */
  #readBelowRows = 0;
  #inFlight = 0;
  readonly #gatheredPartitions = new Set<number>();
  #gathering: NodeJS.Timeout | undefined;
  #stopListening: Array<() => void> = [];
  #whenIdle: (() => void) | undefined;

  constructor(
    service: string,
    database: Database,
    private readonly publisher: JetStreamPublisher,
    private readonly link: NatsLink,
    times: PersistenceTimes,
    poll: DuePoll,
  ) {
    this.#pingSubject = `live.${service}.outbox.v1.all`;
    this.#leases = new PartitionLeases(database, times);
    this.#rows = new OutboxRows(database, times);
    this.#marks = new OutboxMarks(this.#rows);
    this.#pauses = new StreamPauses(times, () => this.#reading.wake());
    this.#settlement = new Settlement(
      {
        poll,
        rows: new SettlementRows(database, times),
        inboxes: new ConsumerInboxes(new RpcClient(link)),
        progress: new StreamProgress(link),
        heldPartitions: () => this.#leases.held(),
        onRepublished: () => this.#readFromOldest(),
      },
      times,
    );
    this.#reading = poll.loop({
      name: 'OutboxRelay',
      dueAt: () => this.#rows.pendingSince(this.#filter()),
      step: () => this.#read(),
    });
    this.#leasing = poll.loop({
      name: 'OutboxLeases',
      dueAt: () => this.#leases.freeAt(),
      step: () => this.#lease(),
    });
  }

  start(): void {
    this.#stopListening = [
      this.link.onPing(this.#pingSubject, (text) =>
        text === RELEASED ? this.#leasing.wake() : this.#reading.wake(),
      ),
      this.link.onConnected(() => {
        this.#pauses.clear();
        this.#reading.wake();
      }),
    ];
    this.#marks.start();
    this.#leasing.start();
    this.#reading.start();
    this.#settlement.start();
  }

  /** Publishes the rows in memory, marks them and releases the leases. Another replica publishes the rest. */
  async stop(): Promise<void> {
    for (const stop of this.#stopListening) stop();
    clearTimeout(this.#gathering);
    this.#pauses.clear();
    await Promise.all([this.#reading.stop(), this.#leasing.stop(), this.#settlement.stop()]);
    await this.#read().catch(() => undefined);
    if (!(await this.#untilIdle()))
      this.#logger.warn(
        'The relay stopped before all messages were acknowledged; another replica publishes them again',
      );
    try {
      await this.#marks.stop();
      await this.#leases.release();
    } catch (error) {
      this.#logger.warn(
        `The stopping relay could not update the outbox; another replica takes over when its leases expire: ${messageOf(error)}`,
      );
    }
    this.link.ping(this.#pingSubject, RELEASED);
  }

  /** Like `wake`, after a short delay that gathers calls. */
  wakeSoon(partitions: readonly number[]): void {
    for (const partition of partitions) this.#gatheredPartitions.add(partition);
    this.#gathering ??= setTimeout(() => {
      const gathered = [...this.#gatheredPartitions];
      this.#gatheredPartitions.clear();
      this.#gathering = undefined;
      this.wake(gathered);
    }, EVENTS_GATHER_MS);
  }

  /** Wakes the replicas that lease these partitions, because rows of them were committed. */
  wake(partitions: readonly number[]): void {
    let elsewhere = false;
    for (const partition of partitions) {
      if (this.#leases.holds(partition)) this.#reading.wake();
      else elsewhere = true;
    }
    if (elsewhere) this.link.ping(this.#pingSubject);
  }

  /** Returns in how many milliseconds the leases must be renewed. */
  async #lease(): Promise<number> {
    const kept = await this.#leases.refresh();
    if (this.#queues.some((row) => !kept.has(row.partition))) this.#forget((row) => !kept.has(row.partition));
    if (this.#leases.held().length > kept.size) this.#reading.wake();
    return this.#leases.renewInMs;
  }

  /** Selects the rows that this process may publish now and that are not in memory. */
  #filter(): PendingFilter {
    return {
      partitions: this.link.connection() ? this.#leases.held() : [],
      exceptIds: [...this.#queues.ids(), ...this.#marks.ids()],
      exceptKeys: this.#queues.keysWithAtLeast(MAX_ROWS_PER_KEY),
      exceptKinds: this.#pauses.kinds(),
    };
  }

  async #read(): Promise<void> {
    const filter = this.#filter();
    if (filter.partitions.length === 0) return;
    if (this.#queues.size >= READ_AGAIN_BELOW_ROWS) {
      this.#readBelowRows ||= READ_AGAIN_BELOW_ROWS;
      return;
    }
    const forgotten = this.#forgotten;
    const found = await this.#rows.pending(filter, READ_ROWS);
    if (forgotten !== this.#forgotten) {
      // Rows were dropped during the query. The result may lack a dropped row and contain later rows of its key.
      this.#reading.wake();
      return;
    }
    if (filter.exceptKeys.length > 0) this.#readBelowRows = MAX_ROWS_PER_KEY;
    else this.#readBelowRows = found.length === READ_ROWS ? READ_AGAIN_BELOW_ROWS : 0;
    for (const row of found) this.#queues.add(row);
    this.#publishNext();
  }

  #publishNext(): void {
    while (this.#inFlight < MAX_IN_FLIGHT) {
      const row = this.#queues.takeNext();
      if (!row) break;
      if (this.#leases.holds(row.partition)) void this.#publish(row);
      else {
        // The lease expired, perhaps while this process was frozen, so another replica may publish these rows.
        this.#queues.done(row);
        this.#forget(({ partition }) => partition === row.partition);
      }
    }
    if (this.#queues.size < this.#readBelowRows) {
      this.#readBelowRows = 0;
      this.#reading.wake();
    }
    if (this.#queues.size === 0) this.#whenIdle?.();
  }

  async #publish(row: PendingRow): Promise<void> {
    this.#inFlight++;
    try {
      const { streamCreated, sequence } = await this.publisher.publish({
        subject: row.subject,
        headers: row.headers,
        payload: row.payload,
        messageId: messageIdOf(row),
      });
      this.#pauses.succeeded(kindOf(row.subject));
      const { id, partition, subject, republished } = row;
      this.#marks.published({ id, partition, subject, republished, streamCreated, sequence });
    } catch (error) {
      this.#notPublished(row, error);
    }
    this.#inFlight--;
    this.#queues.done(row);
    this.#publishNext();
  }

  #notPublished(row: PendingRow, error: unknown): void {
    if (error instanceof PublishRefusedError) {
      this.#logger.error(
        `Outbox row ${row.id} (${row.eventId}, ${row.subject}) was refused and will never be published: ${error.message}`,
      );
      this.#marks.failed(row.id, error.message);
      return;
    }
    if (!(error instanceof RetryableError))
      this.#logger.error(`An outbox row was not published and is retried: ${messageOf(error)}`);
    const kind = kindOf(row.subject);
    if (this.#pauses.failed(kind))
      this.#logger.warn(`Publishing to "${kind}." failed and is retried after a pause: ${messageOf(error)}`);
    this.#forget((other) => kindOf(other.subject) === kind);
  }

  /** Reads from the oldest row again, because older rows must be published before newer ones of their keys. */
  #readFromOldest(): void {
    this.#forget(() => true);
    this.#reading.wake();
  }

  /** Drops rows that wait in memory. They are read again, the oldest first. */
  #forget(which: (row: PendingRow) => boolean): void {
    this.#forgotten++;
    this.#queues.removeWaiting(which);
    this.#readBelowRows = READ_AGAIN_BELOW_ROWS;
  }

  async #untilIdle(): Promise<boolean> {
    if (this.#queues.size === 0) return true;
    const idle = new Promise<boolean>((resolve) => {
      this.#whenIdle = () => resolve(true);
    });
    return withTimeout(STOP_TIMEOUT_MS, idle, () => false);
  }
}

/**
 * Returns the message id. A lost message is published again under a new id, because within its duplicate
 * window the stream drops a repeated id.
 */
function messageIdOf({ eventId, republished }: PendingRow): string {
  return republished === 0 ? eventId : `${eventId}.r${republished}`;
}
