import { Injectable } from '@nestjs/common';
import type { E164, ThreadId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import { RetryableError } from '@parley/resilience';
import { Lines } from '../lines/lines.js';
import { ThreadStore } from '../threads/thread-store.js';

/** The threads on which codes are sent: those of the configured line. */
@Injectable()
export class CodeThreads {
  constructor(
    private readonly lines: Lines,
    private readonly threads: ThreadStore,
  ) {}

  /**
   * The person's thread, created if there is none; undefined for a line of ours.
   * @throws RetryableError until the lines are loaded
   */
  async ensure(tx: Transaction, person: E164): Promise<ThreadId | undefined> {
    const line = this.lines.default;
    if (!line) throw new RetryableError('The lines of this installation are not loaded yet');
    return this.lines.numbers.has(person) ? undefined : this.threads.ensure(tx, line.id, person);
  }
}
