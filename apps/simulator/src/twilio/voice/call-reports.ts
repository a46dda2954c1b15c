import type { TwilioAccount } from '../account.js';
import { newIdempotencyToken } from '../ids.js';
import type { WebhookClient } from '../webhook-client.js';
import type { Call, CallStatus } from './call.js';
import { callParams, durationSeconds, rfc2822 } from './call-params.js';

/** Callback events and the statuses that they tell; `completed` tells every end. */
function eventOf(status: CallStatus): CallStatus {
  if (status === 'in-progress') return 'in-progress';
  return ['queued', 'initiated', 'ringing'].includes(status) ? status : 'completed';
}

/**
 * Posts what becomes of a call and of its streams; the callbacks of one call in order, each after the answer to the one
 * before.
 */
export class CallReports {
  private readonly last = new WeakMap<Call, Promise<unknown>>();

  constructor(
    private readonly account: TwilioAccount,
    private readonly webhooks: WebhookClient,
  ) {}

  status(call: Call): void {
    const { callback } = call.is;
    if (!callback || !callback.events.includes(eventOf(call.status))) return;
    const isOver = call.endedAt !== null;
    const seconds = durationSeconds(call);
    const params = {
      ...callParams(call, this.account.sid),
      CallbackSource: 'call-progress-events',
      SequenceNumber: String(call.sequence),
      Timestamp: rfc2822(Date.now())!,
      ...(isOver ? { CallDuration: String(seconds), Duration: String(Math.ceil(seconds / 60)) } : {}),
    };
    call.sequence += 1;
    this.post(call, 'call-status', callback.url, params);
  }

  /** Asynchronous answering machine detection. */
  answeredBy(call: Call, url: string): void {
    this.post(call, 'call-status', url, {
      AccountSid: this.account.sid,
      CallSid: call.sid,
      AnsweredBy: call.answeredBy ?? 'unknown',
      MachineDetectionDuration: '100',
    });
  }

  stream(call: Call, url: string, streamSid: string, event: string, code?: number): void {
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
      this.webhooks.deliver({
        kind,
        url,
        callSid: call.sid,
        params,
        idempotencyToken: newIdempotencyToken(),
        signed: call.is.signed,
      });
    this.last.set(call, (this.last.get(call) ?? Promise.resolve()).then(deliver));
  }
}
