import { parseE164, parsePersonNumber } from '@parley/kernel';
import { z } from 'zod';
import type { Attestation, EndReason, IncomingCall } from '../../call.js';

export const CallSid = z.string().regex(/^CA[0-9a-f]{32}$/, 'must be CA and 32 hexadecimal digits');

/** The parameters of an incoming call that we read; Twilio adds others without notice. */
export const TwilioIncomingCall = z.object({
  CallSid,
  From: z.string().max(300).default(''),
  To: z.string().max(300).default(''),
  /** The carriers' attestation of the caller's number (STIR/SHAKEN). */
  StirVerstat: z.string().max(100).default(''),
});
export type TwilioIncomingCall = z.output<typeof TwilioIncomingCall>;

export function incomingCallOf(call: TwilioIncomingCall, receivedAt: Date): IncomingCall {
  return {
    callSid: call.CallSid,
    person: parsePersonNumber(call.From),
    line: parseE164(call.To),
    attestation: attestationOf(call.StirVerstat),
    receivedAt,
  };
}

/** Reads values such as `TN-Validation-Passed-A`: https://www.twilio.com/docs/voice/trusted-calling-with-shakenstir */
function attestationOf(verstat: string): Attestation {
  if (verstat.startsWith('TN-Validation-Failed')) return 'failed';
  const [, level] = /^TN-Validation-Passed-([ABC])/.exec(verstat) ?? [];
  if (level === 'A') return 'full';
  if (level === 'B') return 'partial';
  return level === 'C' ? 'gateway' : 'none';
}

export const TwilioCallStatus = TwilioIncomingCall.extend({
  CallStatus: z.string().max(40),
  Direction: z.string().max(40).default(''),
});
export type TwilioCallStatus = z.output<typeof TwilioCallStatus>;

const END_REASONS: ReadonlyMap<string, EndReason> = new Map([
  ['completed', 'caller-hung-up'],
  ['busy', 'busy'],
  ['no-answer', 'no-answer'],
  ['canceled', 'cancelled'],
  ['failed', 'vendor-error'],
]);

/** Returns undefined for a status that does not end the call. */
export function endReasonOf(status: string): EndReason | undefined {
  return END_REASONS.get(status);
}

export const TwilioStreamStatus = z.object({
  CallSid,
  StreamEvent: z.string().max(40),
  StreamError: z.string().max(500).optional(),
});
export type TwilioStreamStatus = z.output<typeof TwilioStreamStatus>;
