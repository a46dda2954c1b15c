import { Injectable } from '@nestjs/common';
import { SmsReceived } from '@parley/contracts';
import { Outbox, type Transaction } from '@parley/persistence';
import type { RecordedSms, ThreadSms } from './inbound-sms.js';
import { InboundStore } from './inbound-store.js';

/** Rolls the transaction back: the text is recorded already, and its thread must not count it twice. */
export class AlreadyReceived extends Error {}

/** Records a text in its thread and tells the orchestrator, which keeps the log. */
@Injectable()
export class RecordSms {
  constructor(
    private readonly inbound: InboundStore,
    private readonly outbox: Outbox,
  ) {}

  /** `answeredBy` is set for what needs no answer any more. Throws AlreadyReceived. */
  async execute(
    tx: Transaction,
    sms: ThreadSms,
    answeredBy?: SmsReceived['answeredBy'],
  ): Promise<RecordedSms> {
    const recorded = await this.inbound.recordInThread(tx, sms);
    if (!recorded) throw new AlreadyReceived();
    const { threadId, threadSeq } = recorded;
    await this.outbox.add(tx, {
      contract: SmsReceived,
      // A text that was found late must not look new: what is too old is not answered.
      time: sms.receivedAt.toISOString(),
      data: {
        threadId,
        threadSeq,
        lineId: sms.line.id,
        from: sms.person,
        to: sms.line.number,
        text: sms.text,
        media: [...sms.media],
        providerMessageId: sms.messageSid,
        receivedAt: sms.receivedAt.toISOString(),
        ...(answeredBy && { answeredBy }),
      },
    });
    return recorded;
  }
}
