import { Injectable } from '@nestjs/common';
import { parseE164, parsePersonNumber } from '@parley/kernel';
import { Transactions } from '@parley/persistence';
import { Lines } from '../../lines/lines.js';
import type { InboundSms } from '../text/inbound-sms.js';
import { InboundStore } from '../text/inbound-store.js';
import { FlagLoop } from '../text/flag-loop.js';

/**
 * Records a text that Twilio's loop protection stopped (error 30039): Twilio lists it as failed and posted no webhook. The
 * text is not answered; its thread is flagged.
 */
@Injectable()
export class RecordCarrierLoop {
  constructor(
    private readonly transactions: Transactions,
    private readonly lines: Lines,
    private readonly inbound: InboundStore,
    private readonly flagLoop: FlagLoop,
  ) {}

  async execute(sms: InboundSms): Promise<void> {
    const person = parsePersonNumber(sms.from);
    const number = parseE164(sms.to);
    const line = number && (await this.lines.ensure(number));
    await this.transactions.run(async (tx) => {
      if (!(await this.inbound.recordIgnored(tx, { ...sms, reason: 'carrier-loop' }))) return;
      const threadId = person && line && (await this.inbound.findThread(tx, line, person));
      if (threadId) await this.flagLoop.execute(tx, { threadId, isInLoop: false }, 'carrier');
    });
  }
}
