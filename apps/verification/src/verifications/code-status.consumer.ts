import { Controller } from '@nestjs/common';
import { CodeStatusChanged } from '@parley/contracts';
import { MessageContext, OnFact } from '@parley/messaging';
import { RecordCodeStatus } from './record-code-status.js';

/** int.verification.code-status-changed.v1.<verificationId> → RecordCodeStatus */
@Controller()
export class CodeStatusConsumer {
  constructor(private readonly recordCodeStatus: RecordCodeStatus) {}

  @OnFact(CodeStatusChanged)
  async record(change: CodeStatusChanged, { envelope, consumer }: MessageContext): Promise<void> {
    await this.recordCodeStatus.execute(change, envelope.id, consumer);
  }
}
