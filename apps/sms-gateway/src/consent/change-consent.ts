import { Injectable } from '@nestjs/common';
import { ConsentChanged } from '@parley/contracts';
import type { ThreadId } from '@parley/kernel';
import { Outbox, type Transaction } from '@parley/persistence';
import { ConsentStore } from './consent-store.js';

interface Change extends Pick<ConsentChanged, 'change' | 'via'> {
  /** When the person said so. */
  readonly at: Date;
  /** How far that may be off: it was told by another clock. */
  readonly uncertainMs?: number;
}

/** Writes down that a person opted out or in, and tells it if that is news, in the transaction of what told us. */
@Injectable()
export class ChangeConsent {
  constructor(
    private readonly consents: ConsentStore,
    private readonly outbox: Outbox,
  ) {}

  async execute(
    tx: Transaction,
    threadId: ThreadId,
    { change, via, at, uncertainMs = 0 }: Change,
  ): Promise<void> {
    if (!(await this.consents.change(tx, threadId, change, at, uncertainMs))) return;
    await this.outbox.add(tx, {
      contract: ConsentChanged,
      data: { threadId, change, via, occurredAt: at.toISOString() },
    });
  }
}
