import { Inject, Injectable } from '@nestjs/common';
import { SmsReceived } from '@parley/contracts';
import { Outbox, type Transaction } from '@parley/persistence';
import { type LoopReason, loopReasonOf } from '@parley/sms-policy';
import { GATEWAY_ENV, type GatewayEnv } from '../../gateway.env.js';
import type { RecordedSms, ThreadSms } from './inbound-sms.js';
import { InboundStore } from './inbound-store.js';
import { FlagLoop } from './flag-loop.js';

/** Records a text in its thread and publishes it for the orchestrator, marked if the agent must not answer. */
@Injectable()
export class RecordSms {
  constructor(
    private readonly inbound: InboundStore,
    private readonly outbox: Outbox,
    private readonly flagLoop: FlagLoop,
    @Inject(GATEWAY_ENV) private readonly env: GatewayEnv,
  ) {}

  /**
   * `answeredBy` is set for a text that needs no answer from the agent. Returns undefined if the text is recorded already:
   * the caller must then roll back, so that the thread does not count the text again.
   */
  async execute(
    tx: Transaction,
    sms: ThreadSms,
    answeredBy?: SmsReceived['answeredBy'],
  ): Promise<(RecordedSms & { readonly loopReason: LoopReason | undefined }) | undefined> {
    const recorded = await this.inbound.recordInThread(tx, sms);
    if (!recorded) return undefined;
    const { threadId, threadSeq, receivedAt } = recorded;
    const loopReason = this.#loopReasonOf(recorded);
    const answerer = answeredBy ?? (loopReason && 'nobody');
    await this.outbox.add(tx, {
      contract: SmsReceived,
      // A text that was found late must not look new, because old texts are not answered.
      time: receivedAt.toISOString(),
      data: {
        threadId,
        threadSeq,
        lineId: sms.line.id,
        from: sms.person,
        to: sms.line.number,
        text: sms.text,
        media: [...sms.media],
        providerMessageId: sms.messageSid,
        receivedAt: receivedAt.toISOString(),
        ...(answerer && { answeredBy: answerer }),
      },
    });
    if (answeredBy === undefined && (loopReason || recorded.isInLoop)) {
      await this.flagLoop.execute(tx, recorded, loopReason);
    }
    return { ...recorded, loopReason };
  }

  #loopReasonOf({ pace }: RecordedSms) {
    return loopReasonOf(pace, {
      repliesInTwoMinutes: this.env.SMS_MAX_REPLIES_IN_2_MINUTES,
      repliesInADay: this.env.SMS_MAX_REPLIES_A_DAY,
      equalTexts: this.env.SMS_MAX_EQUAL_TEXTS,
    });
  }
}
