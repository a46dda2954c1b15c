import { assertNever, type E164, isBlank, parseE164, parsePersonNumber } from '@parley/kernel';
import { type Keyword, readKeyword } from './opt-out-words.js';

/** A text that we received. `from` and `to` are the carrier's values: a number, `whatsapp:+…`, or a word. */
export interface InboundText {
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly mediaCount: number;
  /** Twilio's `OptOutType`: set when its Advanced Opt-Out handled this text as a keyword and answered it. */
  readonly optOutType?: string | undefined;
  /** True for a text that was found in the vendor's list, which does not show `optOutType`. */
  readonly isListed?: boolean | undefined;
}

/** Whether a person may be texted, from any of our lines. */
export type Consent = 'given' | 'opted-out';

/**
 * How the vendor answers STOP, START and HELP. `default`: with its fixed texts. `advanced`: with our account's texts, and with
 * `OptOutType`. `off`: not at all.
 */
export const OPT_OUT_HANDLINGS = ['default', 'advanced', 'off'] as const;
export type OptOutHandling = (typeof OPT_OUT_HANDLINGS)[number];

export interface InboundSituation {
  readonly ownNumbers: ReadonlySet<string>;
  readonly consent: Consent;
  readonly optOutHandling: OptOutHandling;
}

export type InboundIgnoreReason = 'unsupported-sender' | 'own-number' | 'empty' | 'opted-out';

interface Numbers {
  readonly from: E164;
  readonly to: E164;
}

/** A keyword, which the agent never answers. */
export interface KeywordDecision extends Numbers {
  readonly kind: 'opt-out' | 'opt-in' | 'answer';
  readonly answeredBy: 'carrier' | 'gateway';
  /** The answer to send. Undefined if the carrier answered, or if the person already got this answer. */
  readonly reply: 'stop' | 'start' | 'help' | undefined;
}

export type InboundDecision =
  | ({ readonly kind: 'forward' } & Numbers)
  | KeywordDecision
  | { readonly kind: 'ignore'; readonly reason: InboundIgnoreReason };

/**
 * Decides what a text means before any agent sees it. Texts from our own lines are never answered; otherwise two lines would
 * text each other for ever. Keywords take precedence over consent: a person who opted out can still send START or HELP. An
 * empty text with media is a message.
 */
export function decideInboundSms(sms: InboundText, situation: InboundSituation): InboundDecision {
  const from = parsePersonNumber(sms.from);
  const to = parseE164(sms.to);
  if (from === undefined || to === undefined) return { kind: 'ignore', reason: 'unsupported-sender' };
  if (situation.ownNumbers.has(from)) return { kind: 'ignore', reason: 'own-number' };
  const keyword = keywordOf(sms, situation);
  if (keyword) return { ...decideKeyword(keyword, situation.consent), from, to };
  if (isBlank(sms.text) && sms.mediaCount === 0) return { kind: 'ignore', reason: 'empty' };
  if (situation.consent === 'opted-out') return { kind: 'ignore', reason: 'opted-out' };
  return { kind: 'forward', from, to };
}

interface AttributedKeyword {
  readonly kind: Keyword['kind'];
  readonly answeredBy: 'carrier' | 'gateway';
}

const OPT_OUT_TYPES: Readonly<Record<string, Keyword['kind']>> = {
  STOP: 'stop',
  START: 'start',
  HELP: 'help',
};

/**
 * Reads a text's keyword, and whether the carrier has answered it. With default handling the vendor answers the plain word and
 * marks no text, so the word itself decides; also for a listed text, which is never marked, to prevent a second answer.
 */
function keywordOf(
  { text, optOutType = '', isListed = false }: InboundText,
  { consent, optOutHandling }: InboundSituation,
): AttributedKeyword | undefined {
  const marked = Object.hasOwn(OPT_OUT_TYPES, optOutType) ? OPT_OUT_TYPES[optOutType] : undefined;
  if (marked) return { kind: marked, answeredBy: 'carrier' };
  const keyword = readKeyword(text);
  if (!keyword || (keyword.word === 'YES' && consent === 'given')) return undefined;
  const isUnmarked = optOutHandling === 'default' || (optOutHandling === 'advanced' && isListed);
  const isAnsweredByCarrier = isUnmarked && keyword.verbatim;
  return { kind: keyword.kind, answeredBy: isAnsweredByCarrier ? 'carrier' : 'gateway' };
}

function decideKeyword(
  { kind, answeredBy }: AttributedKeyword,
  consent: Consent,
): Omit<KeywordDecision, keyof Numbers> {
  const isOurs = answeredBy === 'gateway';
  const mayReply = isOurs && consent === 'given';
  switch (kind) {
    case 'stop':
      return { kind: 'opt-out', answeredBy, reply: mayReply ? 'stop' : undefined };
    case 'start':
      return { kind: 'opt-in', answeredBy, reply: isOurs ? 'start' : undefined };
    case 'help':
      return { kind: 'answer', answeredBy, reply: mayReply ? 'help' : undefined };
    default:
      return assertNever(kind);
  }
}
