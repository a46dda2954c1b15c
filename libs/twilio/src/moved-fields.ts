import type { Form } from './form-parser.js';

/** The parameters that decide how we handle each kind of webhook. */
const DECISIVE = {
  text: ['Body', 'From', 'MessageSid', 'NumMedia', 'OptOutType', 'To'],
  report: ['ErrorCode', 'MessageSid', 'MessageStatus'],
  call: ['CallSid', 'CallStatus', 'Direction', 'StirVerstat'],
  stream: ['CallSid', 'StreamEvent'],
} as const;

/** The parameters about a number's location, which sort next to `From` and `To` in the signature. */
const LOCATIONS = [
  'FromCity',
  'FromCountry',
  'FromState',
  'FromZip',
  'ToCity',
  'ToCountry',
  'ToState',
  'ToZip',
];
const MEDIA = ['MediaContentType', 'MediaUrl'];
/** The most photos and files that one text can have. */
export const MAX_MEDIA = 10;

/** Single-word parameters that sort after `Body` in the signature. */
const KNOWN_AFTER_BODY: ReadonlySet<string> = new Set(['Forwarded', 'From']);
/**
 * The form of Twilio's compound parameter names, such as `ButtonText` and `ChannelMetadata`. A text rarely contains
 * such a word.
 */
const COMPOUND = /^[A-Z][a-z]+(?:[A-Z][A-Za-z]*|\d)\w*(?:\[\w*\])*$/;

/**
 * Whether a form with the right signature may differ from the one that Twilio signed: names and values are joined without
 * separators, so `Bodyh=ello` has the signature of `Body=hello`. docs/decisions/0011 has the rule.
 * @param isPinned whether the value has the only shape that its name allows, so that it hides no other field
 */
export function mayHideField(form: Form, isPinned: (name: string, value: string) => boolean): boolean {
  const missing = decisiveNames(form).filter((name) => !Object.hasOwn(form, name));
  const hides = ([name, value]: [string, string]): boolean =>
    name !== 'Body' && !isPinned(name, value) && missing.some((hidden) => `${name}${value}`.includes(hidden));
  return Object.entries(form).some(hides) || !isKnownAfterBody(form);
}

function decisiveNames(form: Form): string[] {
  if ('StreamSid' in form) return [...DECISIVE.stream];
  if ('CallSid' in form) return [...DECISIVE.call, ...('CallStatus' in form ? ['From', 'To'] : [])];
  if ('MessageStatus' in form) return [...DECISIVE.report];
  const mediaCount = Math.min(Number(form['NumMedia'] ?? 0) || 0, MAX_MEDIA);
  const media = Array.from({ length: mediaCount }, (_, index) => MEDIA.map((name) => `${name}${index}`));
  return [...DECISIVE.text, ...LOCATIONS, ...media.flat()];
}

/**
 * Whether the parameter after `Body` is one that Twilio sends. Any other may be the end of the text that an attacker moved:
 * `I like Cats` as `Body=I like ` and `Cats=`.
 */
function isKnownAfterBody(form: Form): boolean {
  if (!Object.hasOwn(form, 'Body')) return true;
  const [next] = Object.keys(form)
    .filter((name) => name > 'Body')
    .toSorted((one, other) => (one < other ? -1 : 1));
  return next === undefined || KNOWN_AFTER_BODY.has(next) || COMPOUND.test(next);
}
