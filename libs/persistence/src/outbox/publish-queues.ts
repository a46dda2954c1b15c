import { kindOf } from './kind-of.js';
import type { PendingRow } from './outbox-rows.js';

interface Queue {
  readonly orderingKey: string;
  /** The rows in id order. When `busy`, the first one is being published. */
  readonly rows: PendingRow[];
  busy: boolean;
}

/** The rows that the relay has read, queued by stream and key. One row of a queue is published at a time. */
export class PublishQueues {
  readonly #queues = new Map<string, Queue>();
  readonly #ready = new Set<Queue>();
  readonly #ids = new Set<string>();

  /** How many rows are in memory, waiting or being published. */
  get size(): number {
    return this.#ids.size;
  }

  ids(): Iterable<string> {
    return this.#ids;
  }

  keysWithAtLeast(rows: number): string[] {
    return [...this.#queues.values()]
      .filter((queue) => queue.rows.length >= rows)
      .map((queue) => queue.orderingKey);
  }

  some(which: (row: PendingRow) => boolean): boolean {
    return [...this.#queues.values()].some((queue) => queue.rows.some(which));
  }

  add(row: PendingRow): void {
    if (this.#ids.has(row.id)) return;
    this.#ids.add(row.id);
    const name = queueNameOf(row);
    const queue = this.#queues.get(name);
    if (queue) {
      queue.rows.push(row);
      return;
    }
    const opened = { orderingKey: row.orderingKey, rows: [row], busy: false };
    this.#queues.set(name, opened);
    this.#ready.add(opened);
  }

  /** Takes the oldest row of the queue that has been ready longest. The queue is busy until `done` is called. */
  takeNext(): PendingRow | undefined {
    for (const queue of this.#ready) {
      this.#ready.delete(queue);
      queue.busy = true;
      return queue.rows[0];
    }
    return undefined;
  }

  /** Removes the taken row from its queue, whatever its outcome. */
  done(row: PendingRow): void {
    const name = queueNameOf(row);
    const queue = this.#queues.get(name);
    if (!queue) return;
    queue.rows.shift();
    queue.busy = false;
    this.#ids.delete(row.id);
    if (queue.rows.length > 0) this.#ready.add(queue);
    else this.#queues.delete(name);
  }

  /** Removes rows that are not being published. */
  removeWaiting(which: (row: PendingRow) => boolean): void {
    for (const [name, queue] of this.#queues) {
      const kept = queue.rows.filter((row, index) => (queue.busy && index === 0) || !which(row));
      for (const row of queue.rows) if (!kept.includes(row)) this.#ids.delete(row.id);
      queue.rows.splice(0, queue.rows.length, ...kept);
      if (kept.length > 0) continue;
      this.#queues.delete(name);
      this.#ready.delete(queue);
    }
  }
}

function queueNameOf(row: PendingRow): string {
  return `${kindOf(row.subject)} ${row.orderingKey}`;
}
