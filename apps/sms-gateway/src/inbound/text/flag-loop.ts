import { Injectable, Logger } from '@nestjs/common';
import { SmsLoopDetected } from '@parley/contracts';
import { Outbox, type Transaction } from '@parley/persistence';
import type { LoopReason } from '@parley/sms-policy';
import type { RecordedSms } from './inbound-sms.js';
import { InboundStore } from './inbound-store.js';

/**
 * Flags a thread once when two machines seem to text each other on it. The next text that may be answered ends the flag.
 */
@Injectable()
export class FlagLoop {
  readonly #logger = new Logger(FlagLoop.name);

  constructor(
    private readonly inbound: InboundStore,
    private readonly outbox: Outbox,
  ) {}

  async execute(
    tx: Transaction,
    { threadId, isInLoop }: Pick<RecordedSms, 'threadId' | 'isInLoop'>,
    reason: LoopReason | 'carrier' | undefined,
  ): Promise<void> {
    if (reason && isInLoop) return;
    await this.inbound.setLoopFlag(tx, threadId, reason !== undefined);
    if (!reason) return;
    this.#logger.warn(
      { threadId, reason },
      'Two machines seem to text each other: the agent does not answer this text',
    );
    const data = { threadId, reason, occurredAt: new Date().toISOString() };
    await this.outbox.add(tx, { contract: SmsLoopDetected, data });
  }
}
