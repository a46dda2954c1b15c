import { kindOf } from './kind-of.js';
import type { PendingRow } from './outbox-rows.js';

interface Lane {
  readonly orderingKey: string;
  /** The rows in id order. When `busy`, the first one is being published. */
  readonly rows: PendingRow[];
  busy: boolean;
}

/** The rows that the relay has read, queued by stream and key. One row of a queue is published at a time. */
export class PublishLanes {
  readonly #lanes = new Map<string, Lane>();
  readonly #ready = new Set<Lane>();
  readonly #ids = new Set<string>();

  /** How many rows are in memory, waiting or being published. */
  get size(): number {
    return this.#ids.size;
  }

  ids(): Iterable<string> {
    return this.#ids;
  }

  keysWithAtLeast(rows: number): string[] {
    return [...this.#lanes.values()]
      .filter((lane) => lane.rows.length >= rows)
      .map((lane) => lane.orderingKey);
  }

  some(which: (row: PendingRow) => boolean): boolean {
    return [...this.#lanes.values()].some((lane) => lane.rows.some(which));
  }

  add(row: PendingRow): void {
    if (this.#ids.has(row.id)) return;
    this.#ids.add(row.id);
    const name = laneOf(row);
    const lane = this.#lanes.get(name);
    if (lane) {
      lane.rows.push(row);
      return;
    }
    const opened = { orderingKey: row.orderingKey, rows: [row], busy: false };
    this.#lanes.set(name, opened);
    this.#ready.add(opened);
  }

  /** Takes the oldest row of the lane that has been ready longest. The lane is busy until `done` is called. */
  takeNext(): PendingRow | undefined {
    for (const lane of this.#ready) {
      this.#ready.delete(lane);
      lane.busy = true;
      return lane.rows[0];
    }
    return undefined;
  }

  /** Removes the taken row from its lane, whatever its outcome. */
  done(row: PendingRow): void {
    const name = laneOf(row);
    const lane = this.#lanes.get(name);
    if (!lane) return;
    lane.rows.shift();
    lane.busy = false;
    this.#ids.delete(row.id);
    if (lane.rows.length > 0) this.#ready.add(lane);
    else this.#lanes.delete(name);
  }

  /** Removes rows that are not being published. */
  removeWaiting(which: (row: PendingRow) => boolean): void {
    for (const [name, lane] of this.#lanes) {
      const kept = lane.rows.filter((row, index) => (lane.busy && index === 0) || !which(row));
      for (const row of lane.rows) if (!kept.includes(row)) this.#ids.delete(row.id);
      lane.rows.splice(0, lane.rows.length, ...kept);
      if (kept.length > 0) continue;
      this.#lanes.delete(name);
      this.#ready.delete(lane);
    }
  }
}

function laneOf(row: PendingRow): string {
  return `${kindOf(row.subject)} ${row.orderingKey}`;
}
