import { Controller } from '@nestjs/common';
import { CheckConsent, OpenTextThread } from '@parley/contracts';
import { Answers } from '@parley/messaging';
import { Transactions } from '@parley/persistence';
import { RetryableError } from '@parley/resilience';
import type { z } from 'zod';
import { ConsentStore } from '../consent/consent-store.js';
import { Lines } from '../lines/lines.js';
import { ThreadStore } from './thread-store.js';

/** rpc.gateway.check-consent, rpc.gateway.open-thread: lets other services check a person's consent and open a thread. */
@Controller()
export class TextThreadsResponder {
  constructor(
    private readonly transactions: Transactions,
    private readonly consents: ConsentStore,
    private readonly lines: Lines,
    private readonly threads: ThreadStore,
  ) {}

  @Answers(CheckConsent)
  async checkConsent({
    threadId,
  }: z.output<typeof CheckConsent.input>): Promise<z.output<typeof CheckConsent.output>> {
    const consent = await this.consents.ofThread(threadId);
    return consent ? { consent } : null;
  }

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
