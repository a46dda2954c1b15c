import type { TwilioAccount } from '../account.js';
import { newIdempotencyToken } from '../ids.js';
import type { WebhookClient } from '../webhook-client.js';
import type { Call, CallStatus } from './call.js';
import { callParams, durationSeconds, formatRfc2822 } from './call-params.js';

/** Returns the callback event that reports a status; `completed` reports every final status. */
function eventOf(status: CallStatus): CallStatus {
  if (status === 'in-progress') return 'in-progress';
  return ['queued', 'initiated', 'ringing'].includes(status) ? status : 'completed';
}

/**
 * Posts the status callbacks of calls and streams. Callbacks of one call are posted in order, each after the answer to the
 * previous one.
 */
export class CallReports {
  private readonly last = new WeakMap<Call, Promise<unknown>>();

  constructor(
    private readonly account: TwilioAccount,
    private readonly webhooks: WebhookClient,
  ) {}

  postStatus(call: Call): void {
    const { callback } = call.details;
    if (!callback || !callback.events.includes(eventOf(call.status))) return;
    const isOver = call.endedAt !== null;
    const seconds = durationSeconds(call);
    const params = {
      ...callParams(call, this.account.sid),
      CallbackSource: 'call-progress-events',
      SequenceNumber: String(call.sequence),
      Timestamp: formatRfc2822(Date.now())!,
      ...(isOver ? { CallDuration: String(seconds), Duration: String(Math.ceil(seconds / 60)) } : {}),
    };
    call.sequence += 1;
    this.post(call, 'call-status', callback.url, params);
  }

  /** Posts the result of asynchronous answering machine detection. */
  postAnsweredBy(call: Call, url: string): void {
    this.post(call, 'call-status', url, {
      AccountSid: this.account.sid,
      CallSid: call.sid,
      AnsweredBy: call.answeredBy ?? 'unknown',
      MachineDetectionDuration: '100',
    });
  }

  postStreamEvent(call: Call, url: string, streamSid: string, event: string, code?: number): void {
    this.post(call, 'stream-status', url, {
      AccountSid: this.account.sid,
      CallSid: call.sid,
      StreamSid: streamSid,
      StreamEvent: event,
      Timestamp: new Date().toISOString(),
      ...(code === undefined ? {} : { StreamError: `Stream Error: ${code}`, StreamErrorCode: String(code) }),
    });
  }

  private post(
    call: Call,
    kind: 'call-status' | 'stream-status',
    url: string,
    params: Record<string, string>,
  ): void {
    const deliver = () =>
      this.webhooks.post({
        kind,
        url,
        callSid: call.sid,
        params,
        idempotencyToken: newIdempotencyToken(),
        signed: call.details.signed,
      });
    this.last.set(call, (this.last.get(call) ?? Promise.resolve()).then(deliver));
  }
}
