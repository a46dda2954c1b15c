import { deliveryErrorMessage } from './twilio-error.js';

export const API_VERSION = '2010-04-01';

/**
 * Statuses of an outbound message, in the order in which a message passes them. What reached the phone stays
 * there: a report of a failure after it is one that is wrong.
 */
export const outboundStatuses = [
  'accepted',
  'scheduled',
  'queued',
  'sending',
  'sent',
  'partially_delivered',
  'failed',
  'undelivered',
  'canceled',
  'delivered',
  'read',
] as const;
export type OutboundStatus = (typeof outboundStatuses)[number];
export type MessageStatus = OutboundStatus | 'receiving' | 'received';
export type MessageDirection = 'inbound' | 'outbound-api' | 'outbound-reply';

/** A message as the account's log holds it. Times are milliseconds since the epoch. */
export interface Message {
  readonly index: number;
  readonly sid: string;
  readonly direction: MessageDirection;
  readonly from: string;
  readonly to: string;
  readonly body: string;
  readonly numSegments: number;
  readonly numMedia: number;
  /** Form parameters of the create call or of the inbound webhook. */
  readonly params: Record<string, string>;
  readonly statusCallback: string | null;
  /** Stable over every webhook attempt for this message; status callbacks have tokens of their own. */
  readonly idempotencyToken: string;
  readonly createdAt: number;
  status: MessageStatus;
  errorCode: number | null;
  updatedAt: number;
  sentAt: number | null;
}

/** Twilio's dates in the 2010 API: RFC 2822 in GMT. */
function rfc2822(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toUTCString().replace('GMT', '+0000');
}

/** The message as Twilio's REST API shows it. */
export function toResource(message: Message, accountSid: string): Record<string, unknown> {
  const path = `/${API_VERSION}/Accounts/${accountSid}/Messages/${message.sid}`;
  return {
    account_sid: accountSid,
    api_version: API_VERSION,
    body: message.body,
    date_created: rfc2822(message.createdAt),
    date_sent: rfc2822(message.sentAt),
    date_updated: rfc2822(message.updatedAt),
    direction: message.direction,
    error_code: message.errorCode,
    error_message: message.errorCode === null ? null : deliveryErrorMessage(message.errorCode),
    from: message.from,
    messaging_service_sid: null,
    num_media: String(message.numMedia),
    num_segments: String(message.numSegments),
    price: null,
    price_unit: null,
    sid: message.sid,
    status: message.status,
    subresource_uris: { media: `${path}/Media.json` },
    to: message.to,
    uri: `${path}.json`,
  };
}
