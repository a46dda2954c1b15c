import { type E164, parseE164 } from '@parley/kernel';
import { plainText, withoutCourtesy } from './plain-text.js';

/** A request that is answered by fixed rules, without the model. */
export type Intent =
  /** `number` is undefined for a bare "verify", which means the sender's own number. */
  | { kind: 'start-verification'; number: E164 | undefined; by: 'sms' | 'voice' }
  /** A request to verify a number that cannot be read as one. */
  | { kind: 'unreadable-number' }
  /** `code` is undefined for digits that cannot be a code. */
  | { kind: 'check-code'; code: string | undefined }
  | { kind: 'show-verified-number' }
  | { kind: 'show-agent-number' }
  | { kind: 'send-message'; text: string; to: E164 }
  | { kind: 'unreadable-message' }
  | { kind: 'unlink' };

export interface IntentSituation {
  /** Whether a verification that this person started is pending. Only then is a bare code a request. */
  readonly isVerificationPending: boolean;
}

/** The longest request, except one that carries a message. */
const MAX_CHARS = 160;
/** The longest text that one SMS request may hold. */
const MAX_MESSAGE_CHARS = 1_600;

/**
 * Reads a request. The whole text must be the request, in any case and with any quotes, digits and white space. So "can you
 * verify this for me?" is none.
 */
export function readIntent(text: string, situation: IntentSituation): Intent | undefined {
  if (text.length > MAX_CHARS + MAX_MESSAGE_CHARS) return undefined;
  const plain = withoutCourtesy(plainText(text));
  const message = readSendMessage(plain);
  if (message || plain.length > MAX_CHARS) return message;
  return readBareWords(plain) ?? readVerification(plain) ?? readCode(plain, situation);
}

const BARE_WORDS: readonly (readonly [RegExp, Intent])[] = [
  [/^verify$/i, { kind: 'start-verification', number: undefined, by: 'sms' }],
  [/^voice verify$/i, { kind: 'start-verification', number: undefined, by: 'voice' }],
  [/^unlink$/i, { kind: 'unlink' }],
  [
    /^(?:(?:show|check)(?: me)?|what is|what's|whats) my verified (?:phone )?number\??$/i,
    { kind: 'show-verified-number' },
  ],
  [/^(?:what is|what's|whats) your (?:phone )?number\??$/i, { kind: 'show-agent-number' }],
];

function readBareWords(plain: string): Intent | undefined {
  return BARE_WORDS.find(([pattern]) => pattern.test(plain))?.[1];
}

const VERIFICATION = /^(voice )?verify (?:my )?(?:phone number|phone|number)(?: ?:)?(?: (.+))?$/i;

/**
 * Reads a request to verify a number. After "verify phone", the text must end or look like a number: "verify phone
 * numbers for me" is not a request.
 */
function readVerification(plain: string): Intent | undefined {
  const [matched, voice, rest = ''] = VERIFICATION.exec(plain) ?? [];
  if (matched === undefined || !/^[+(\d]|^$/.test(rest)) return undefined;
  const number = readNumber(rest);
  if (!number) return { kind: 'unreadable-number' };
  return { kind: 'start-verification', number, by: voice ? 'voice' : 'sms' };
}

/** Reads a number with its usual separators: `+1 (555) 010-0001`. */
function readNumber(text: string): E164 | undefined {
  return parseE164(text.replace(/[\s().\-/]/g, ''));
}

const SIX_DIGITS = /^\d{3}[ -]?\d{3}$/;

function readCode(plain: string, { isVerificationPending }: IntentSituation): Intent | undefined {
  const [, named] = /^verify code:? ((?:[\d -]{1,20})|(?=\w*\d)\w{1,10})$/i.exec(plain) ?? [];
  if (named !== undefined) return { kind: 'check-code', code: codeIn(named) };
  if (isVerificationPending && SIX_DIGITS.test(plain)) return { kind: 'check-code', code: codeIn(plain) };
  return undefined;
}

function codeIn(text: string): string | undefined {
  const digits = text.replace(/[ -]/g, '');
  return /^\d{6}$/.test(digits) ? digits : undefined;
}

const SEND_MESSAGE = /^send (?:a )?(?:text )?(?:message|sms) /i;

/**
 * `send message '…' to +…`: the text stands between the first quote and the last one. Without a quote and without a number
 * it is ordinary speech.
 */
function readSendMessage(plain: string): Intent | undefined {
  const [start] = SEND_MESSAGE.exec(plain) ?? [];
  if (start === undefined) return undefined;
  const rest = plain.slice(start.length);
  const [, text, number] = /^(?:'(.*)'|"(.*)") to (\+[\d\s().\-/]+)$/.exec(rest)
    ? (/^['"](.*)['"] to (.*)$/.exec(rest) ?? [])
    : [];
  const to = number === undefined ? undefined : readNumber(number);
  if (text !== undefined && text.trim() !== '' && text.length <= MAX_MESSAGE_CHARS && to) {
    return { kind: 'send-message', text: text.trim(), to };
  }
  return /^['"]|\+\d/.test(rest) ? { kind: 'unreadable-message' } : undefined;
}
