import { type CanActivate, type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import { Problem, type ProblemKind } from '@parley/service-kit';

import { type WebhookRefusal, type WebhookRequest, WebhookSignatures } from './webhook-signatures.js';

/** At most one log message for each reason in this time, since anybody can post to a webhook. */
const LOG_INTERVAL_MS = 10_000;

/** Problems that only webhooks return. */
export const webhookProblems = {
  invalidSignature: {
    code: 'invalid_signature',
    status: 403,
    title: 'This request is not signed by Twilio',
    retryable: false,
  },
} as const satisfies Record<string, ProblemKind>;

/** Lets only Twilio's own requests pass; others get 403 and an explanation of the signature. */
@Injectable()
export class TwilioSignatureGuard implements CanActivate {
  readonly #logger = new Logger(TwilioSignatureGuard.name);
  readonly #loggedAtMs = new Map<WebhookRefusal, number>();

  constructor(protected readonly signatures: WebhookSignatures) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<WebhookRequest>();
    const refusal = this.signatures.refusalOf(request);
    if (refusal === undefined) return true;
    this.#log(refusal);
    const url = this.signatures.trust.urls.signedUrl(request.url);
    throw new Problem(webhookProblems.invalidSignature, {
      detail:
        'X-Twilio-Signature must be base64(HMAC-SHA1(the auth token of our account, URL + each form parameter, ' +
        `sorted, as name and value)), for the URL ${url}`,
    });
  }

  #log(refusal: WebhookRefusal): void {
    const now = performance.now();
    const loggedAtMs = this.#loggedAtMs.get(refusal);
    if (loggedAtMs !== undefined && now - loggedAtMs < LOG_INTERVAL_MS) return;
    this.#loggedAtMs.set(refusal, now);
    this.#logger.warn(
      { refusal, base: this.signatures.trust.urls.base },
      'A webhook was refused: its signature is missing or wrong. Check TWILIO_AUTH_TOKEN and PUBLIC_URL',
    );
  }
}
