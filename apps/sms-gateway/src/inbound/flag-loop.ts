import { Injectable, Logger } from '@nestjs/common';
import { SmsLoopDetected } from '@parley/contracts';
import { Outbox, type Transaction } from '@parley/persistence';
import type { LoopReason } from '@parley/sms-policy';
import type { RecordedSms } from './inbound-sms.js';
import { InboundStore } from './inbound-store.js';

/** Flags a thread on which two machines seem to text each other, once; a text that is answered again ends the flag. */
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
    sign: LoopReason | 'carrier' | undefined,
  ): Promise<void> {
    if (sign && isInLoop) return;
    await this.inbound.setLoop(tx, threadId, sign !== undefined);
    if (!sign) return;
    this.#logger.warn(
      { threadId, reason: sign },
      'Two machines seem to text each other: the agent does not answer',
    );
    const data = { threadId, reason: sign, occurredAt: new Date().toISOString() };
    await this.outbox.add(tx, { contract: SmsLoopDetected, data });
  }
}
