import { API_VERSION } from '../message.js';
import type { Call } from './call.js';

const country = (number: string): string => (number.startsWith('+1') ? 'US' : '');

/** What every voice webhook says about its call. */
export function callParams(call: Call, accountSid: string): Record<string, string> {
  const { from, to } = call.is;
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
    Direction: call.is.direction,
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
    ...call.is.params,
  };
}

/** Twilio's dates in the 2010 API and in callbacks: RFC 2822 in GMT. */
export function rfc2822(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toUTCString().replace('GMT', '+0000');
}

export function durationSeconds(call: Call): number {
  if (call.answeredAt === null || call.endedAt === null) return 0;
  return Math.ceil((call.endedAt - call.answeredAt) / 1_000);
}

/** The call as Twilio's REST API shows it. */
export function toCallResource(call: Call, accountSid: string): Record<string, unknown> {
  const path = `/${API_VERSION}/Accounts/${accountSid}/Calls/${call.sid}`;
  return {
    account_sid: accountSid,
    annotation: null,
    answered_by: call.answeredBy,
    api_version: API_VERSION,
    caller_name: null,
    date_created: rfc2822(call.createdAt),
    date_updated: rfc2822(call.updatedAt),
    direction: call.is.direction,
    duration: call.endedAt === null ? null : String(durationSeconds(call)),
    end_time: rfc2822(call.endedAt),
    forwarded_from: null,
    from: call.is.from,
    from_formatted: call.is.from,
    group_sid: null,
    parent_call_sid: null,
    phone_number_sid: null,
    price: null,
    price_unit: 'USD',
    queue_time: '0',
    sid: call.sid,
    start_time: rfc2822(call.answeredAt),
    status: call.status,
    subresource_uris: {},
    to: call.is.to,
    to_formatted: call.is.to,
    trunk_sid: null,
    uri: `${path}.json`,
  };
}
