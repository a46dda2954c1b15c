import type { ScriptedFaults, StatusStep } from '../control/scripted-faults.js';
import type { CancellableTimers } from '../cancellable-timers.js';
import type { TwilioAccount } from './account.js';
import { newIdempotencyToken } from './ids.js';
import { API_VERSION, type Message } from './message.js';
import type { MessageStore } from './message-store.js';
import type { WebhookClient } from './webhook-client.js';

/** `RawDlrDoneDate`: the time of the carrier's report, YYMMDDhhmm in GMT. */
function carrierTime(): string {
  return new Date().toISOString().replace(/\D/g, '').slice(2, 12);
}

/** Moves accepted messages through their statuses and posts the status callbacks. */
export class DeliveryReports {
  constructor(
    private readonly account: TwilioAccount,
    private readonly store: MessageStore,
    private readonly webhooks: WebhookClient,
    private readonly faults: ScriptedFaults,
    private readonly timers: CancellableTimers,
    /** Time between two statuses. */
    private readonly stepMs: number,
  ) {}

  /**
   * Without a script: queued, sent, delivered, each callback after the answer to the previous one. A script sets its own
   * times.
   */
  start(message: Message): void {
    const script = this.faults.takeStatusScript(message.to);
    if (!script) return this.runInOrder(message, ['queued', 'sent', 'delivered']);
    for (const step of script) {
      this.timers.after(step.afterMs, () => void this.report(message, step));
    }
  }

  private runInOrder(message: Message, statuses: readonly StatusStep['status'][]): void {
    const [status, ...later] = statuses;
    if (!status || this.isForgotten(message)) return;
    this.timers.after(status === 'queued' ? 0 : this.stepMs, () => {
      if (status === 'sent') this.store.advance(message, 'sending');
      const step: StatusStep = { status, afterMs: 0, repeat: 1, posted: true };
      void this.report(message, step).then(() => this.runInOrder(message, later));
    });
  }

  private async report(message: Message, step: StatusStep): Promise<void> {
    this.store.advance(message, step.status, step.errorCode);
    if (!step.posted || message.statusCallback === null) return;
    const isFromCarrier = step.status === 'delivered' || step.status === 'undelivered';
    const hook = {
      kind: 'status-callback',
      url: message.statusCallback,
      messageSid: message.sid,
      idempotencyToken: newIdempotencyToken(),
      signed: true,
      params: {
        AccountSid: this.account.sid,
        ApiVersion: API_VERSION,
        From: message.from,
        MessageSid: message.sid,
        MessageStatus: step.status,
        SmsSid: message.sid,
        SmsStatus: step.status,
        To: message.to,
        ...(isFromCarrier ? { RawDlrDoneDate: carrierTime() } : {}),
        ...(step.errorCode === undefined ? {} : { ErrorCode: String(step.errorCode) }),
      },
    } as const;
    for (let posted = 0; posted < step.repeat && !this.isForgotten(message); posted += 1) {
      await this.webhooks.post(hook);
    }
  }

  /** True when a reset has removed the message; then its remaining statuses are dropped. */
  private isForgotten(message: Message): boolean {
    return this.store.find(message.sid) !== message;
  }
}
