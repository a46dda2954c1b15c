import { Injectable } from '@nestjs/common';
import { decideAfterAttempt, permitSend } from '@parley/sms-policy';
import type { ClaimedSend } from '../send.js';
import { RecordSendOutcome } from './record-send-outcome.js';
import { SmsSender } from './sms-sender.js';

/** Hands a claimed send to the vendor, if it may still be sent, and records the outcome. */
@Injectable()
export class HandOverSms {
  constructor(
    private readonly sender: SmsSender,
    private readonly recordSendOutcome: RecordSendOutcome,
  ) {}

  /** Writes nothing to the vendor at or after `deadlineMs` (of `performance.now()`). */
  async execute(send: ClaimedSend, deadlineMs: number): Promise<void> {
    const permission = permitSend(send, Date.now());
    if (permission.kind === 'reject') return this.recordSendOutcome.execute(send, permission);
    const { id, from, to, text } = send;
    const { validitySeconds } = permission;
    const result = await this.sender.send({ id, from, to, text, validitySeconds }, deadlineMs);
    await this.recordSendOutcome.execute(send, decideAfterAttempt(result, send.claims, Math.random()));
  }
}
