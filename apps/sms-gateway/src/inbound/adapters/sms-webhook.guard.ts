import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Problem, problems } from '@parley/service-kit';
import { type Form, TwilioSignatureGuard, type WebhookRequest, WebhookSignatures } from '@parley/twilio';
import { LocalOrigin } from './local-origin.js';

/** Lets signed texts pass, and unsigned texts posted from this machine, to which it adds Twilio's fields. */
@Injectable()
export class SmsWebhookGuard extends TwilioSignatureGuard {
  constructor(
    signatures: WebhookSignatures,
    private readonly localOrigin: LocalOrigin,
  ) {
    super(signatures);
  }

  override canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<WebhookRequest & { body?: unknown }>();
    const isUnsigned = request.headers['x-twilio-signature'] === undefined;
    if (!isUnsigned || !this.localOrigin.isLocal(request)) return super.canActivate(context);
    request.body = this.localOrigin.completeForm(formOf(request));
    return true;
  }
}

function formOf({ headers, body }: WebhookRequest): Form {
  const [type] = String(headers['content-type'] ?? '').split(';', 1);
  if (type!.trim().toLowerCase() === 'application/x-www-form-urlencoded') return (body ?? {}) as Form;
  throw new Problem(problems.unsupportedMediaType, {
    detail: 'Post a text as a form: curl -d "From=+15550100001" -d "Body=Hello"',
  });
}
