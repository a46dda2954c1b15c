import type { CallId } from '@parley/kernel';
import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';
import { sayAttributes } from './say-language.js';

/** All characters that Twilio's XML parser refuses. */
// oxlint-disable-next-line no-control-regex
const CONTROL_CHARACTERS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

export interface StreamTwimlOptions {
  readonly callId: CallId;
  /** `wss://…/media/{callId}/{token}` */
  readonly streamUrl: string;
  readonly streamStatusUrl: string;
  readonly resumeUrl: string;
}

/**
 * Returns TwiML that connects the call to our media socket. If the socket closes before the call ends, Twilio asks the
 * resume URL.
 */
export function connectStreamTwiml({
  callId,
  streamUrl,
  streamStatusUrl,
  resumeUrl,
}: StreamTwimlOptions): string {
  const response = new VoiceResponse();
  const stream = response.connect().stream({ url: streamUrl, statusCallback: streamStatusUrl });
  stream.parameter({ name: 'callId', value: callId });
  response.redirect({ method: 'POST' }, resumeUrl);
  return response.toString();
}

export function hangUpTwiml(): string {
  const response = new VoiceResponse();
  response.hangup();
  return response.toString();
}

/** Returns TwiML that speaks with Twilio's own voice, when ours cannot be used, and then hangs up. */
export function sayAndHangUpTwiml(text: string, language: string): string {
  const response = new VoiceResponse();
  response.say(sayAttributes(language), text.replaceAll(CONTROL_CHARACTERS, ''));
  response.hangup();
  return response.toString();
}
