/** Whom an error is about: the person's number, the carrier's judgement of this text, or our own account. */
export type SendErrorCause = 'recipient' | 'carrier' | 'account';

export interface SendErrorMeaning {
  readonly cause: SendErrorCause;
  /** One plain sentence for whoever runs the installation. */
  readonly explanation: string;
}

const recipient = (explanation: string): SendErrorMeaning => ({ cause: 'recipient', explanation });
const carrier = (explanation: string): SendErrorMeaning => ({ cause: 'carrier', explanation });
const account = (explanation: string): SendErrorMeaning => ({ cause: 'account', explanation });

/** The vendor's codes that we know, with what they mean. */
export const sendErrors: Readonly<Record<string, SendErrorMeaning>> = {
  '20003': account('Twilio refused the credentials: check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.'),
  '21211': recipient('The recipient is not a valid phone number.'),
  '21408': account('SMS to this country is switched off in the Twilio account (geo permissions).'),
  '21608': account('A trial account may only text numbers that are verified in the Twilio console.'),
  '21610': recipient('The recipient has opted out of texts from this number.'),
  '21612': recipient('This number cannot be reached by SMS from our line.'),
  '21614': recipient('The recipient is not a mobile number.'),
  '30001': carrier('The carrier queue was full.'),
  '30002': account('The Twilio account is suspended.'),
  '30003': recipient('The handset is switched off or out of reach.'),
  '30004': recipient('The recipient blocks this text.'),
  '30005': recipient('The number is unknown or no longer in use.'),
  '30006': recipient('The number is a landline or its carrier cannot be reached.'),
  '30007': carrier('The carrier filtered the text as unwanted.'),
  '30008': carrier('The carrier gave no reason; the text may have been delivered.'),
  '30034': account('The line is not registered for texts to the United States (A2P 10DLC).'),
};

/** The carrier refuses texts from this line to this person, who opted out there. It says nothing of our other lines. */
const OPT_OUT_ERRORS: ReadonlySet<string> = new Set(['21610', '30646']);

export function isOptOutError(code: string | undefined): boolean {
  return code !== undefined && OPT_OUT_ERRORS.has(code);
}

/** What a vendor's error code means; undefined for one that has no entry. */
export function meaningOfSendError(code: string): SendErrorMeaning | undefined {
  return Object.hasOwn(sendErrors, code) ? sendErrors[code] : undefined;
}
