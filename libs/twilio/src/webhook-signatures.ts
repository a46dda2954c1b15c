import { isUtf8 } from 'node:buffer';

import { validateRequest, validateRequestWithBody } from 'twilio/lib/webhooks/webhooks.js';

import { mayHideField } from './moved-fields.js';
import type { PublicUrls } from './public-urls.js';

export interface WebhookTrust {
  readonly accountSid: string;
  /** The account's auth token and, during a rotation, the next one. */
  readonly authTokens: readonly string[];
  readonly urls: PublicUrls;
}

/** The parts of a Fastify request that the check needs, as they arrived. */
export interface WebhookRequest {
  /** Path and query, not decoded. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The form from our parser, before any schema. */
  readonly body?: unknown;
  readonly rawBody?: Buffer | undefined;
}

export type WebhookRefusal =
  | 'no-signature'
  | 'bad-target'
  | 'bad-content-type'
  | 'wrong-signature'
  | 'wrong-account'
  | 'wrong-shape'
  | 'moved-field';

/**
 * The shapes that values must have. Twilio joins names and values without separators before it signs them, so a signature
 * stays valid when the end of one value moves into the next.
 */
const SHAPES: ReadonlyMap<string, RegExp> = new Map(
  Object.entries({
    MessageSid: /^(?:SM|MM)[0-9a-f]{32}$/,
    SmsSid: /^(?:SM|MM)[0-9a-f]{32}$/,
    SmsMessageSid: /^(?:SM|MM)[0-9a-f]{32}$/,
    CallSid: /^CA[0-9a-f]{32}$/,
    MessagingServiceSid: /^(?:MG[0-9a-f]{32})?$/,
    /** Networks forward any caller id: `+12345`, 16 digits, `anonymous`, or an empty one. */
    From: /^[^\p{Cc}]{0,256}$/u,
    To: /^[^\p{Cc}]{0,256}$/u,
    CallStatus: /^[a-z-]{0,40}$/,
    Direction: /^[a-z-]{0,40}$/,
    NumMedia: /^\d{0,3}$/,
    NumSegments: /^\d{0,3}$/,
    MessageStatus: /^[a-z_-]{0,40}$/,
    SmsStatus: /^[a-z_-]{0,40}$/,
    ErrorCode: /^\d{0,6}$/,
  }),
);

/** A plain number or address of a sender or recipient, which cannot contain the next parameter. */
const PLAIN_END = /^(?:\+?\d*|[a-z]+:\+\d+)$/;

/** Distinguishes Twilio's webhooks from forged ones. A replayed webhook is genuine: its MessageSid or CallSid shows the repeat. */
export class WebhookSignatures {
  constructor(readonly trust: WebhookTrust) {}

  /** Returns why this request is not from Twilio; undefined if it is. */
  refusalOf(request: WebhookRequest): WebhookRefusal | undefined {
    const signature = request.headers['x-twilio-signature'];
    if (typeof signature !== 'string' || signature === '') return 'no-signature';
    if (!request.url.startsWith('/')) return 'bad-target';
    const contentType = mediaTypeOf(request.headers['content-type']);
    if (contentType === 'application/x-www-form-urlencoded') return this.#refusalOfForm(request, signature);
    if (contentType === 'application/json') return this.#refusalOfJson(request, signature);
    return 'bad-content-type';
  }

  /** Whether Twilio signed this URL and nothing else, as it does for the upgrade of a media socket (`wss://…`). */
  isSignedUrl(url: string, signature: string | undefined): boolean {
    if (!signature) return false;
    return this.trust.authTokens.some((token) => validateRequest(token, signature, url, {}));
  }

  #refusalOfForm(request: WebhookRequest, signature: string): WebhookRefusal | undefined {
    const form = formOf(request.body);
    if (!form) return 'wrong-shape';
    const url = this.trust.urls.signedUrl(request.url);
    const isSigned = this.trust.authTokens.some((token) => validateRequest(token, signature, url, form));
    if (!isSigned) return 'wrong-signature';
    if (form['AccountSid'] !== this.trust.accountSid) return 'wrong-account';
    const isOfKnownShape = Object.entries(form).every(
      ([name, value]) => SHAPES.get(name)?.test(value) ?? true,
    );
    if (!isOfKnownShape) return 'wrong-shape';
    return mayHideField(form, isPinned) ? 'moved-field' : undefined;
  }

  /** Twilio signs a JSON body by its SHA-256 in the query. */
  #refusalOfJson(
    { url: target, rawBody, body }: WebhookRequest,
    signature: string,
  ): WebhookRefusal | undefined {
    if (!rawBody || !isUtf8(rawBody)) return 'wrong-shape';
    const url = this.trust.urls.signedUrl(target);
    const text = rawBody.toString('utf8');
    const isSigned = this.trust.authTokens.some((token) =>
      validateRequestWithBody(token, signature, url, text),
    );
    if (!isSigned) return 'wrong-signature';
    const accountSid = accountSidOf(body);
    return accountSid === undefined || accountSid === this.trust.accountSid ? undefined : 'wrong-account';
  }
}

function isPinned(name: string, value: string): boolean {
  return name === 'From' || name === 'To' ? PLAIN_END.test(value) : name === 'AccountSid' || SHAPES.has(name);
}

function mediaTypeOf(contentType: string | string[] | undefined): string | undefined {
  return typeof contentType === 'string' ? contentType.split(';', 1)[0]!.trim().toLowerCase() : undefined;
}

function formOf(body: unknown): Record<string, string> | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const form: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(body)) {
    if (typeof value !== 'string') return undefined;
    form[name] = value;
  }
  return form;
}

function accountSidOf(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return undefined;
  return Object.entries(body).find(([name]) => name === 'AccountSid')?.[1];
}
