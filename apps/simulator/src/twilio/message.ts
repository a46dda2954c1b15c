import { deliveryErrorMessage } from './twilio-error.js';

export const API_VERSION = '2010-04-01';

/** Statuses of an outbound message in their order. `delivered` comes after the failures: no failure replaces it. */
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

/** A message in the account's log. Times are milliseconds since the epoch. */
export interface Message {
  readonly index: number;
  readonly sid: string;
  readonly direction: MessageDirection;
  readonly from: string;
  readonly to: string;
  readonly body: string;
  readonly numSegments: number;
  readonly numMedia: number;
  /** Form parameters of the create request or of the inbound webhook. */
  readonly params: Record<string, string>;
  readonly statusCallback: string | null;
  /** The same for every attempt of the inbound webhook; each status callback has its own token. */
  readonly idempotencyToken: string;
  readonly createdAt: number;
  status: MessageStatus;
  errorCode: number | null;
  updatedAt: number;
  sentAt: number | null;
}

/** Formats a date for Twilio's 2010 API: RFC 2822 in GMT. */
function formatRfc2822(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toUTCString().replace('GMT', '+0000');
}

/** The message in the format of Twilio's REST API. */
export function toMessageResource(message: Message, accountSid: string): Record<string, unknown> {
  const path = `/${API_VERSION}/Accounts/${accountSid}/Messages/${message.sid}`;
  return {
    account_sid: accountSid,
    api_version: API_VERSION,
    body: message.body,
    date_created: formatRfc2822(message.createdAt),
    date_sent: formatRfc2822(message.sentAt),
    date_updated: formatRfc2822(message.updatedAt),
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
