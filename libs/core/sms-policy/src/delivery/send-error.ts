/** The cause of an error: the person's number, the carrier's judgement of this text, or our own account. */
export type SendErrorCause = 'recipient' | 'carrier' | 'account';

/**
 * What the gateway does after the error. `retry`: the text was certainly not delivered and is tried again. `wait`: no
 * text can be sent until an operator repairs the account, so the text waits while it is valid. `final`: the text has
 * failed.
 */
export type SendErrorAction = 'retry' | 'wait' | 'final';

export interface SendErrorMeaning {
  readonly cause: SendErrorCause;
  readonly action: SendErrorAction;
  /** The shortest wait before another attempt; Twilio would refuse an earlier one. */
  readonly retryAfterMs?: number;
  /** One plain sentence for the operator. */
  readonly explanation: string;
}

const final = (cause: SendErrorCause) => (explanation: string) =>
  ({ cause, action: 'final', explanation }) as const;
const recipient = final('recipient');
const carrier = final('carrier');
const account = final('account');
const retry = (cause: SendErrorCause, explanation: string, retryAfterMs = 0) =>
  ({ cause, action: 'retry', explanation, retryAfterMs }) as const;

/** The wait after Twilio's loop protection stopped a text: it refuses further texts for 30 s. */
const LOOP_PAUSE_MS = 31_000;
/** The wait while a queue at the vendor is full, which takes longer than seconds to empty. */
const QUEUE_PAUSE_MS = 60_000;

/** Twilio's error codes for texts and what they mean; each has a page at twilio.com/docs/api/errors/<code>. */
export const sendErrors: Readonly<Record<string, SendErrorMeaning>> = {
  '14107': retry(
    'carrier',
    'Thirty replies in a row: Twilio refuses further texts to this person for 30 s.',
    LOOP_PAUSE_MS,
  ),
  '20003': {
    cause: 'account',
    action: 'wait',
    retryAfterMs: QUEUE_PAUSE_MS,
    explanation:
      'Twilio refused the credentials: check TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_AUTH_TOKEN_NEXT.',
  },
  '20005': account('The Twilio account is not active.'),
  '20429': retry('account', 'Too many requests at once.'),
  '21211': recipient('The recipient is not a valid phone number.'),
  '21212': account('Our line is not a valid phone number.'),
  '21265': recipient('The recipient is a short code.'),
  '21266': recipient('The recipient is our own line.'),
  '21408': account('SMS to this country is switched off in the Twilio account (geo permissions).'),
  '21601': account('Our line cannot send SMS.'),
  '21602': account('The text was empty.'),
  '21606': account('Our line does not belong to the Twilio account, or cannot send SMS.'),
  '21608': account('A trial account may only text numbers that are verified in the Twilio console.'),
  '21609': account('The URL for delivery reports is not valid: check PUBLIC_URL.'),
  '21610': recipient('The recipient has opted out of texts from this number.'),
  '21611': retry('account', 'The queue of our line at Twilio is full.', QUEUE_PAUSE_MS),
  '21612': recipient('This number cannot be reached by SMS from our line.'),
  '21614': recipient('The recipient is not a mobile number.'),
  '21617': account('The text is longer than 1,600 characters.'),
  '21635': recipient('The recipient is a landline.'),
  '21659': account('Our line is not a Twilio number, or belongs to another country.'),
  '21660': account('Our line belongs to another Twilio account.'),
  '21661': account('Our line cannot send SMS.'),
  '30001': retry('carrier', "Twilio's queue was full."),
  '30002': account('The Twilio account is suspended.'),
  '30003': retry('recipient', 'The handset is switched off or out of reach.'),
  '30004': recipient('The recipient blocks this text.'),
  '30005': recipient('The number is unknown or no longer in use.'),
  '30006': recipient('The number is a landline or its carrier cannot be reached.'),
  '30007': carrier('The carrier filtered the text as unwanted.'),
  '30008': carrier('The carrier gave no reason; the text may have been delivered.'),
  '30010': account('The text costs more than the highest price that the account allows.'),
  '30017': retry('carrier', "The carrier's network was congested."),
  '30022': retry('carrier', 'The campaign sends faster than its carrier allows (A2P 10DLC).', QUEUE_PAUSE_MS),
  '30023': account('The campaign has reached its daily cap at this carrier (A2P 10DLC).'),
  '30024': account('Our line is not set up at this carrier.'),
  '30027': account('The brand has reached its daily limit at T-Mobile (A2P 10DLC).'),
  '30032': account('Our toll-free line is not verified.'),
  '30034': account('The line is not registered for texts to the United States (A2P 10DLC).'),
  '30036': carrier('The text could not be delivered before its validity ended.'),
  '30450': account('Twilio blocks texts to this number as SMS pumping fraud.'),
  '30646': recipient('The recipient is recorded as opted out (Consent API).'),
};

/** Errors of a carrier that refuses texts from one line, because the person opted out of that line; others still work. */
const OPT_OUT_ERRORS: ReadonlySet<string> = new Set(['21610', '30646']);

export function isOptOutError(code: string | undefined): boolean {
  return code !== undefined && OPT_OUT_ERRORS.has(code);
}

/** Returns the meaning of a vendor's error code. Undefined for an unknown code, which counts as final. */
export function meaningOfSendError(code: string): SendErrorMeaning | undefined {
  return Object.hasOwn(sendErrors, code) ? sendErrors[code] : undefined;
}
