/** An error of Twilio's REST API: HTTP status, numeric code and message. */
export class TwilioError extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
  }

  /** The JSON body of the answer. */
  get body(): { code: number; message: string; more_info: string; status: number } {
    return {
      code: this.code,
      message: this.message,
      more_info: `https://www.twilio.com/docs/errors/${this.code}`,
      status: this.status,
    };
  }
}

export const unauthorizedError = (): TwilioError =>
  new TwilioError(401, 20003, 'Authenticate', { 'www-authenticate': 'Basic realm="Twilio API"' });

export const notFoundError = (path: string): TwilioError =>
  new TwilioError(404, 20404, `The requested resource ${path} was not found`);

export const internalError = (): TwilioError =>
  new TwilioError(500, 20500, 'An internal server error has occurred');

export const tooManyRequestsError = (retryAfterSeconds?: number): TwilioError =>
  new TwilioError(
    429,
    20429,
    'Too Many Requests',
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
  );

const refusals: Record<number, (to: string, from: string) => string> = {
  21201: () => "No 'To' number is specified",
  21205: () => 'A Url or Twiml parameter is required.',
  21210: (_to, from) => `'From' phone number not verified: ${from} is not a number of this account`,
  21211: (to) => `Invalid 'To' Phone Number: ${to}`,
  21213: () => "'From' phone number is required.",
  21215: (to) =>
    `Account not authorized to call ${to}. Perhaps you need to enable some international permissions`,
  21219: (to) => `The number ${to} is unverified. Trial accounts may only make calls to verified numbers.`,
  21220: () => 'Call is not in-progress. Cannot redirect.',
  21212: (_to, from) => `Invalid 'From' Number (caller ID): ${from}`,
  21266: () => "'To' and 'From' number cannot be the same",
  21408: (to) =>
    `Permission to send an SMS has not been enabled for the region indicated by the 'To' number: ${to}`,
  21602: () => 'Message body is required.',
  21603: () => "A 'From' phone number is required.",
  21604: () => "A 'To' phone number is required.",
  21606: (_to, from) =>
    `The 'From' phone number provided (${from}) is not a valid message-capable Twilio phone number for this destination/account`,
  21608: (to) =>
    `The number ${to} is unverified. Trial accounts cannot send messages to unverified numbers; verify ${to} at twilio.com/user/account/phone-numbers/verified, or purchase a Twilio number to send messages to unverified numbers`,
  21610: () => 'Attempt to send to unsubscribed recipient',
  21612: (to, from) =>
    `Message cannot be sent with the current combination of 'To' (${to}) and/or 'From' (${from}) parameters`,
  21614: (to) => `'To' number is not a valid mobile number: ${to}`,
  21617: () => 'The concatenated message body exceeds the 1600 character limit',
  21659: (_to, from) => `'From' ${from} is not a Twilio phone number or Short Code country mismatch`,
  21701: () => 'The Messaging Service does not exist',
  30034: () => 'Message from an Unregistered Number',
};

/** Returns a 400 with one of Twilio's codes, and Twilio's message if the code is listed here. */
export function refusalError(code: number, to: string, from: string): TwilioError {
  return new TwilioError(400, code, refusals[code]?.(to, from) ?? `The message was refused (${code})`);
}

const deliveryErrors: Record<number, string> = {
  21610: 'Attempt to send to unsubscribed recipient',
  30001: 'Queue overflow',
  30002: 'Account suspended',
  30003: 'Unreachable destination handset',
  30004: 'Message blocked',
  30005: 'Unknown destination handset',
  30006: 'Landline or unreachable carrier',
  30007: 'Message filtered',
  30008: 'Unknown error',
  30034: 'Message from an Unregistered Number',
};

/** Returns the `error_message` of a message with this error code. */
export function deliveryErrorMessage(code: number): string {
  return deliveryErrors[code] ?? 'Unknown error';
}
