import { limits } from '../limits.js';
import { BoundedLog } from './bounded-log.js';

/** A REST create call as it came in, and what was answered. */
export interface CreateCall {
  readonly index: number;
  readonly kind: 'twilio.create';
  readonly at: string;
  readonly params: Record<string, string>;
  /** The message that exists since this call, whatever was answered. */
  messageSid: string | null;
  /** Mode of the fault that was played, if any. */
  fault: string | null;
  outcome: 'pending' | 'answered' | 'reset';
  status: number | null;
  code: number | null;
}

/** One attempt to post a webhook or a status callback. */
export interface WebhookPost {
  readonly index: number;
  readonly kind: 'webhook.inbound' | 'status-callback';
  readonly at: string;
  readonly url: string;
  readonly messageSid: string;
  /** 1 for the first attempt of a delivery, counted on over retries and the fallback URL. */
  readonly attempt: number;
  readonly params: Record<string, string>;
  readonly headers: Record<string, string>;
  outcome: 'pending' | 'answered' | 'connect-failed' | 'read-failed';
  status: number | null;
  error: string | null;
  durationMs: number | null;
}

export type RequestEntry = CreateCall | WebhookPost;

/** What crossed the wire between Twilio and the services under test, in both directions. */
export class RequestLog extends BoundedLog<RequestEntry> {
  constructor() {
    super(limits.requests);
  }
}
