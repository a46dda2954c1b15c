import { limits } from '../limits.js';
import { BoundedLog } from './bounded-log.js';

/** A REST request to create a message, and the simulator's answer. */
export interface MessageRequest {
  readonly index: number;
  readonly kind: 'twilio.create';
  readonly at: string;
  readonly params: Record<string, string>;
  /** The message that the request created, even if the answer was an error. */
  messageSid: string | null;
  /** Mode of the scripted fault, if one applied. */
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
  /** Set for a webhook about a message; `callSid` for one about a call. */
  readonly messageSid: string | null;
  readonly callSid: string | null;
  /** The number of the attempt, from 1, counting retries and the fallback URL. */
  readonly attempt: number;
  readonly params: Record<string, string>;
  readonly headers: Record<string, string>;
  outcome: 'pending' | 'answered' | 'connect-failed' | 'read-failed';
  status: number | null;
  error: string | null;
  durationMs: number | null;
}

/** A REST request that creates or updates a phone call, and the simulator's answer. */
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

export type RequestEntry = MessageRequest | WebhookPost | CallRequest;

/** All HTTP requests between Twilio and the services under test, in both directions. */
export class RequestLog extends BoundedLog<RequestEntry> {
  constructor() {
    super(limits.requests);
  }
}
