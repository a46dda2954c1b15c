import { Controller, Logger } from '@nestjs/common';
import { SmsLoopDetected } from '@parley/contracts';
import { MessageContext, OnFact } from '@parley/messaging';
import { RecordLoop } from './record-loop.js';

/** int.sms.loop-detected.v1.<threadId> → RecordLoop */
@Controller()
export class LoopDetectedConsumer {
  readonly #logger = new Logger(LoopDetectedConsumer.name);

  constructor(private readonly recordLoop: RecordLoop) {}

  @OnFact(SmsLoopDetected)
  async record(loop: SmsLoopDetected, { consumer, envelope }: MessageContext): Promise<void> {
    const receipt = { consumer, eventId: envelope.id, sentAt: new Date(envelope.time) };
    const outcome = await this.recordLoop.execute(loop, receipt);
    this.#logger.warn(
      { threadId: loop.threadId, reason: loop.reason, ...outcome },
      'Handled the report that two machines seem to text each other',
    );
  }
}
