import { type ExecutionContext, Injectable } from '@nestjs/common';
import { type Form, TwilioSignatureGuard, type WebhookRequest, WebhookSignatures } from '@parley/twilio';
import { LocalOrigin } from './local-origin.js';

/** Lets Twilio's texts pass, and unsigned ones that were typed on this machine, completed to what Twilio would post. */
@Injectable()
export class SmsWebhookGuard extends TwilioSignatureGuard {
  constructor(
    signatures: WebhookSignatures,
    private readonly localOrigin: LocalOrigin,
  ) {
    super(signatures);
  }

  override canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<WebhookRequest & { body?: Form }>();
    const isUnsigned = request.headers['x-twilio-signature'] === undefined;
    if (!isUnsigned || !this.localOrigin.isOriginOf(request)) return super.canActivate(context);
    request.body = this.localOrigin.complete(request.body ?? {});
    return true;
  }
}
