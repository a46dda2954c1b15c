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
  readonly kind: 'webhook.inbound' | 'status-callback' | 'webhook.voice' | 'call-status' | 'stream-status';
  readonly at: string;
  readonly url: string;
  /** What it is about: a message or a call. */
  readonly messageSid: string | null;
  readonly callSid: string | null;
  /** 1 for the first attempt of a delivery, counted on over retries and the fallback URL. */
  readonly attempt: number;
  readonly params: Record<string, string>;
  readonly headers: Record<string, string>;
  outcome: 'pending' | 'answered' | 'connect-failed' | 'read-failed';
  status: number | null;
  error: string | null;
  durationMs: number | null;
}

/** A REST request that creates or changes a phone call, and what was answered. */
export interface CallRequest {
  readonly index: number;
  readonly kind: 'twilio.call-create' | 'twilio.call-update';
  readonly at: string;
  readonly params: Record<string, string>;
  callSid: string | null;
  fault: string | null;
  outcome: 'pending' | 'answered';
  status: number | null;
  code: number | null;
}

export const requestKinds = [
  'twilio.create',
  'webhook.inbound',
  'status-callback',
  'twilio.call-create',
  'twilio.call-update',
  'webhook.voice',
  'call-status',
  'stream-status',
] as const satisfies readonly RequestEntry['kind'][];

export type RequestEntry = CreateCall | WebhookPost | CallRequest;

/** What crossed the wire between Twilio and the services under test, in both directions. */
export class RequestLog extends BoundedLog<RequestEntry> {
  constructor() {
    super(limits.requests);
  }
}
