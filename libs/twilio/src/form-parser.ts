import { isUtf8 } from 'node:buffer';
import querystring from 'node:querystring';

import { Problem, problems } from '@parley/service-kit';

const FORM = 'application/x-www-form-urlencoded';
const FORM_LIMIT_BYTES = 64 * 1024;
const MAX_PAIRS = 500;
const AMPERSAND = 0x26;

/** A posted form: an object without a prototype, each name once. */
export type Form = Readonly<Record<string, string>>;

/** The part of a request that we use: the route's path, undefined if Fastify found no route. */
interface RoutedRequest {
  readonly routeOptions: { readonly url?: string | undefined };
}

/** Twilio posts forms to these routes; every other route takes JSON. */
const WEBHOOK_ROUTES = /^\/webhooks?\//;

/** The part of a Nest application that we use. */
interface BodyParserHost {
  useBodyParser(
    type: string,
    options: { bodyLimit: number },
    parser: (request: RoutedRequest, body: Buffer, done: (error: Error | null, form?: Form) => void) => void,
  ): unknown;
}

/**
 * Replaces Nest's form parser, before the application is initialised. Twilio signs the form as posted, so our parser changes
 * nothing: bracket keys stay as they are, no key is dropped, and bytes that are not UTF-8 are refused instead of replaced. The
 * routes of the REST API refuse a form with 415.
 */
export function registerTwilioFormParser(app: BodyParserHost): void {
  app.useBodyParser(FORM, { bodyLimit: FORM_LIMIT_BYTES }, ({ routeOptions: { url: route } }, body, done) => {
    try {
      if (route !== undefined && !WEBHOOK_ROUTES.test(route)) throw notJson();
      done(null, parseForm(body));
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

/** @throws Problem 400 for invalid UTF-8, more than 500 pairs, or a name that is given twice */
export function parseForm(body: Buffer): Form {
  if (countPairs(body) > MAX_PAIRS) throw malformed(`The form has more than ${MAX_PAIRS} parameters`);
  if (!isUtf8(body) || !isUtf8(percentDecoded(body))) throw malformed('The form is not valid UTF-8');
  const form = querystring.parse(body.toString('utf8'), '&', '=', { maxKeys: 0 });
  if (!isForm(form)) throw malformed('The form contains a parameter twice');
  return form;
}

function isForm(form: querystring.ParsedUrlQuery): form is Record<string, string> {
  return Object.values(form).every((value) => typeof value === 'string');
}

/** The bytes after percent-decoding: `%ff` is one byte. */
function percentDecoded(body: Buffer): Buffer {
  const bytes = body
    .toString('latin1')
    .replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1');
}

function countPairs(body: Buffer): number {
  let pairs = 1;
  for (let at = body.indexOf(AMPERSAND); at >= 0; at = body.indexOf(AMPERSAND, at + 1)) pairs++;
  return pairs;
}

function notJson(): Problem {
  return new Problem(problems.unsupportedMediaType, {
    detail: 'This route takes JSON: send Content-Type: application/json',
  });
}

function malformed(detail: string): Problem {
  return new Problem(problems.invalidRequest, { detail });
}
