import { Controller } from '@nestjs/common';
import { OpenTextThread } from '@parley/contracts';
import { Answers } from '@parley/messaging';
import { Transactions } from '@parley/persistence';
import { RetryableError } from '@parley/resilience';
import type { z } from 'zod';
import { Lines } from '../lines/lines.js';
import { ThreadStore } from './thread-store.js';

/** rpc.gateway.open-thread: lets other services open the thread of a person with one of our lines. */
@Controller()
export class TextThreadsResponder {
  constructor(
    private readonly transactions: Transactions,
    private readonly lines: Lines,
    private readonly threads: ThreadStore,
  ) {}

  @Answers(OpenTextThread)
  async openThread({
    to,
    from,
  }: z.output<typeof OpenTextThread.input>): Promise<z.output<typeof OpenTextThread.output>> {
    const line = (from && (await this.lines.find(from))) ?? this.lines.default;
    if (!line) throw new RetryableError('The lines are not loaded from Postgres yet; try again');
    if (this.lines.numbers.has(to)) return null;
    return { threadId: await this.transactions.run((tx) => this.threads.ensure(tx, line.id, to)) };
  }
}
