import { API_VERSION } from '../message.js';
import type { Call } from './call.js';

const country = (number: string): string => (number.startsWith('+1') ? 'US' : '');

/** The parameters about the call in every voice webhook. */
export function callParams(call: Call, accountSid: string): Record<string, string> {
  const { from, to } = call.details;
  return {
    AccountSid: accountSid,
    ApiVersion: API_VERSION,
    CallSid: call.sid,
    CallStatus: call.status,
    Called: to,
    CalledCity: '',
    CalledCountry: country(to),
    CalledState: '',
    CalledZip: '',
    Caller: from,
    CallerCity: '',
    CallerCountry: country(from),
    CallerState: '',
    CallerZip: '',
    Direction: call.details.direction,
    From: from,
    FromCity: '',
    FromCountry: country(from),
    FromState: '',
    FromZip: '',
    To: to,
    ToCity: '',
    ToCountry: country(to),
    ToState: '',
    ToZip: '',
    ...(call.answeredBy === null ? {} : { AnsweredBy: call.answeredBy }),
    ...call.details.params,
  };
}

/** Formats a date for Twilio's 2010 API and callbacks: RFC 2822 in GMT. */
export function formatRfc2822(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toUTCString().replace('GMT', '+0000');
}

export function durationSeconds(call: Call): number {
  if (call.answeredAt === null || call.endedAt === null) return 0;
  return Math.ceil((call.endedAt - call.answeredAt) / 1_000);
}

/** The call in the format of Twilio's REST API. */
export function toCallResource(call: Call, accountSid: string): Record<string, unknown> {
  const path = `/${API_VERSION}/Accounts/${accountSid}/Calls/${call.sid}`;
  return {
    account_sid: accountSid,
    annotation: null,
    answered_by: call.answeredBy,
    api_version: API_VERSION,
    caller_name: null,
    date_created: formatRfc2822(call.createdAt),
    date_updated: formatRfc2822(call.updatedAt),
    direction: call.details.direction,
    duration: call.endedAt === null ? null : String(durationSeconds(call)),
    end_time: formatRfc2822(call.endedAt),
    forwarded_from: null,
    from: call.details.from,
    from_formatted: call.details.from,
    group_sid: null,
    parent_call_sid: null,
    phone_number_sid: null,
    price: null,
    price_unit: 'USD',
    queue_time: '0',
    sid: call.sid,
    start_time: formatRfc2822(call.answeredAt),
    status: call.status,
    subresource_uris: {},
    to: call.details.to,
    to_formatted: call.details.to,
    trunk_sid: null,
    uri: `${path}.json`,
  };
}
