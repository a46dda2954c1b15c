import type { TwilioAccount } from './account.js';
import { newSid } from './ids.js';
import type { Message } from './message.js';
import type { MessageStore } from './message-store.js';
import type { OptOuts } from './opt-outs.js';
import { refusalError, TwilioError } from './twilio-error.js';

const MAX_BODY_CHARACTERS = 1600;
const PHONE_NUMBER = /^\+[1-9]\d{6,14}$/;

function isCallbackUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

/** Validates the request as Twilio does and stores the message as queued. Throws {@link TwilioError}. */
export function createMessage(
  form: URLSearchParams,
  account: TwilioAccount,
  store: MessageStore,
  optOuts: OptOuts,
): Message {
  const to = form.get('To') ?? '';
  const from = form.get('From') ?? '';
  const body = form.get('Body') ?? '';
  const numMedia = form.getAll('MediaUrl').length;
  const statusCallback = form.get('StatusCallback') ?? undefined;
  const refuse = (code: number) => refusalError(code, to, from);

  if (to === '') throw refuse(21604);
  if (!PHONE_NUMBER.test(to)) throw refuse(21211);
  if (form.has('MessagingServiceSid')) throw refuse(21701);
  if (from === '') throw refuse(21603);
  if (!PHONE_NUMBER.test(from)) throw refuse(21212);
  if (!account.numbers.includes(from)) throw refuse(21659);
  if (to === from) throw refuse(21266);
  if (body === '' && numMedia === 0) throw refuse(21602);
  if (body.length > MAX_BODY_CHARACTERS) throw refuse(21617);
  if (statusCallback !== undefined && !isCallbackUrl(statusCallback)) {
    throw new TwilioError(400, 21609, `The 'StatusCallback' URL ${statusCallback} is not a valid URL.`);
  }
  if (optOuts.has(from, to)) throw refuse(21610);

  return store.add({
    sid: newSid(numMedia > 0 ? 'MM' : 'SM'),
    direction: 'outbound-api',
    from,
    to,
    body,
    numMedia,
    params: Object.fromEntries(form),
    status: 'queued',
    ...(statusCallback === undefined ? {} : { statusCallback }),
  });
}
