import { Logger } from '@nestjs/common';
import { type DurableKind, MAX_INBOX_IDS } from '@parley/contracts';
import type { StreamProgress, StreamState } from '@parley/messaging';

import type { DuePoll, PolledLoop } from '../due-poll.js';
import type { PersistenceTimes } from '../persistence-times.js';
import type { ConsumerInboxes } from './consumer-inboxes.js';
import { internalConsumersOf } from './internal-consumers.js';
import { kindOf } from './kind-of.js';
import type { SettlementRows, UnsettledRow } from './settlement-rows.js';

/** Stands for a stream that does not exist: all of its messages are gone. */
const NO_STREAM: StreamState = { created: '', firstSequence: 0, lastSequence: 0 };

export interface SettlementParts {
  readonly poll: DuePoll;
  readonly rows: SettlementRows;
  readonly inboxes: ConsumerInboxes;
  readonly progress: StreamProgress;
  /** The outbox partitions that this process leases now. */
  readonly heldPartitions: () => readonly number[];
  /** Called when lost rows wait to be published again. */
  readonly onRepublished: () => void;
}

/**
 * Finds published messages that were lost, and makes the relay publish them again, so that JetStream may lose
 * everything. A message is settled once the inbox of each consumer has it. A missing message is lost if its
 * stream does not contain it any more, or if the consumer has acknowledged it
 * (docs/design/outbox-and-settlement.md).
 *
 * All lost messages of a stream are published again in the order in which they were written.
 */
export class Settlement {
  readonly #logger = new Logger(Settlement.name);
  readonly #loop: PolledLoop;

  constructor(
    private readonly parts: SettlementParts,
    times: PersistenceTimes,
  ) {
    this.#loop = parts.poll.loop({
      name: 'OutboxSettlement',
      dueAt: () => parts.rows.dueAt(parts.heldPartitions()),
      gatherMs: times.settleGatherMs,
      step: () => this.#settleDue(),
    });
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #settleDue(): Promise<void> {
    const { rows, inboxes, heldPartitions } = this.parts;
    const partitions = heldPartitions();
    const due = partitions.length > 0 ? await rows.due(partitions, MAX_INBOX_IDS) : [];
    if (due.length === 0) return;
    const { handled, missing, unanswered } = await inboxes.ask(due);
    await rows.settle(handled);
    await rows.defer(unanswered);
    if (missing.length > 0) await this.#lookFor(missing);
    if (due.length === MAX_INBOX_IDS) this.#loop.wake();
  }

  async #lookFor(missing: readonly UnsettledRow[]): Promise<void> {
    for (const kind of new Set(missing.map(({ subject }) => kindOf(subject) as DurableKind))) {
      const ofKind = missing.filter(({ subject }) => kindOf(subject) === kind);
      const stream = (await this.parts.progress.stateOf(kind)) ?? NO_STREAM;
      const present = ofKind.filter((row) => !isGone(row, stream));
      if (present.length < ofKind.length) await this.#recoverGone(kind, stream, missing[0]!.askedAt);
      if (present.length > 0) await this.#recoverSkipped(kind, present);
    }
  }

  /** Recovers all lost rows of the stream, not only the due rows, so that they are published again in order. */
  async #recoverGone(kind: DurableKind, stream: StreamState, asOf: string): Promise<void> {
    let afterId = '0';
    let found: UnsettledRow[];
    do {
      const { rows, heldPartitions } = this.parts;
      found = await rows.gone(heldPartitions(), kind, { ...stream, asOf }, afterId, MAX_INBOX_IDS);
      if (found.length === 0) return;
      await this.#recover(found, () => true);
      afterId = found.at(-1)!.id;
    } while (found.length === MAX_INBOX_IDS);
  }

  /**
   * Recovers messages that a consumer acknowledged without handling them. Reads the ack floors first: a message below
   * its floor that the inbox lacks afterwards is lost.
   */
  async #recoverSkipped(kind: DurableKind, present: readonly UnsettledRow[]): Promise<void> {
    const floors = new Map<string, number>();
    for (const { durable } of present.flatMap(({ subject }) => internalConsumersOf(subject) ?? [])) {
      if (!floors.has(durable))
        floors.set(durable, (await this.parts.progress.ackFloorOf(kind, durable)) ?? 0);
    }
    await this.#recover(present, ({ subject, sequence }) =>
      (internalConsumersOf(subject) ?? []).some(({ durable }) => Number(sequence) <= floors.get(durable)!),
    );
  }

  async #recover(candidates: readonly UnsettledRow[], isLost: (row: UnsettledRow) => boolean): Promise<void> {
    const { rows, inboxes, onRepublished } = this.parts;
    const { handled, missing, unanswered } = await inboxes.ask(candidates);
    const lost = missing.filter(isLost);
    await rows.settle(handled);
    await rows.defer([...unanswered, ...missing.filter((row) => !isLost(row))]);
    if (lost.length === 0) return;
    await rows.republish(lost);
    this.#logger.warn(`${lost.length} published messages were lost by their stream and are published again`);
    onRepublished();
  }
}

function isGone(row: UnsettledRow, { created, firstSequence, lastSequence }: StreamState): boolean {
  const sequence = Number(row.sequence);
  return row.streamCreated !== created || sequence < firstSequence || sequence > lastSequence;
}
