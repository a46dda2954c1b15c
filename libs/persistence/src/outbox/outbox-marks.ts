import { WakeableLoop } from '@parley/resilience';
import type { OutboxRows, PublishedRow } from './outbox-rows.js';

/** Marks are gathered for GATHER_MS or up to GATHER_MARKS, and then written with one statement. */
const GATHER_MS = 50;
const GATHER_MARKS = 64;

/** Gathers the outcomes of publishing and writes them to the outbox. */
export class OutboxMarks {
  readonly #published = new Map<string, PublishedRow>();
  readonly #failed = new Map<string, string>();
  readonly #writing: WakeableLoop;
  #gathering: NodeJS.Timeout | undefined;

  constructor(private readonly rows: OutboxRows) {
    this.#writing = new WakeableLoop({ name: 'OutboxMarks', step: () => this.#write() });
  }

  /** The ids of rows whose outcome is not yet written to the outbox. */
  *ids(): Iterable<string> {
    yield* this.#published.keys();
    yield* this.#failed.keys();
  }

  published(row: PublishedRow): void {
    this.#published.set(row.id, row);
    this.#gather();
  }

  failed(id: string, failure: string): void {
    this.#failed.set(id, failure);
    this.#gather();
  }

  start(): void {
    this.#writing.start();
  }

  /** Writes the remaining outcomes. @throws RetryableError */
  async stop(): Promise<void> {
    clearTimeout(this.#gathering);
    await this.#writing.stop();
    await this.#write();
  }

  #gather(): void {
    if (this.#published.size + this.#failed.size >= GATHER_MARKS) this.#writing.wake();
    else this.#gathering ??= setTimeout(() => this.#writing.wake(), GATHER_MS);
  }

  async #write(): Promise<void> {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    const published = [...this.#published.values()];
    const failed = [...this.#failed];
    if (published.length > 0) await this.rows.markPublished(published);
    for (const { id } of published) this.#published.delete(id);
    if (failed.length > 0) {
      await this.rows.markFailed(
        failed.map(([id]) => id),
        failed.map(([, failure]) => failure),
      );
    }
    for (const [id] of failed) this.#failed.delete(id);
  }
}
