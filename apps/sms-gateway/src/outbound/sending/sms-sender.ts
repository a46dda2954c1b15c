import type { E164, SendId } from '@parley/kernel';
import type { SendAttemptResult } from '@parley/sms-policy';

export interface SmsToSend {
  readonly id: SendId;
  readonly from: E164;
  readonly to: E164;
  readonly text: string;
  /** How long the vendor may try to deliver the text. */
  readonly validitySeconds: number;
}

/** Hands a text to the vendor. */
export abstract class SmsSender {
  /**
   * Tries once. Writes nothing at or after `deadlineMs` (of `performance.now()`) and stops waiting then. Never throws: the
   * vendor's answer, or an unknown outcome, is the result.
   */
  abstract send(sms: SmsToSend, deadlineMs: number): Promise<SendAttemptResult>;
}
