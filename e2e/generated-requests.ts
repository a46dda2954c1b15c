import * as fc from 'fast-check';
import { createHash } from 'node:crypto';
import {
  SMS_WEBHOOK_PATH,
  PUBLIC_URL,
  encodeForm,
  FORM_CONTENT_TYPE,
  type FormParams,
  type WebhookRequest,
  signatureOf,
  STATUS_WEBHOOK_PATH,
  WEBHOOK_URL,
} from './webhook-requests.js';

const odd = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'From',
    'To',
    'Body',
    'MessageSid',
    'NumMedia',
    'AccountSid',
    '\0',
    '%',
  ),
  fc.string({ maxLength: 40 }),
);
const params = fc.dictionary(odd, odd, { maxKeys: 8 });
const raw = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
const path = fc.constantFrom(
  '/webhook/sms',
  SMS_WEBHOOK_PATH,
  STATUS_WEBHOOK_PATH,
  `${STATUS_WEBHOOK_PATH}?send=x`,
  `${SMS_WEBHOOK_PATH}?bodySHA256=00`,
);
const type = fc.constantFrom(
  FORM_CONTENT_TYPE,
  `${FORM_CONTENT_TYPE};charset=x`,
  'application/json',
  'text/plain',
  'multipart/form-data',
  '',
);

/** A text as Twilio would post it, with one wrong field and a valid signature. */
const almost = fc.record({
  field: fc.constantFrom('MessageSid', 'From', 'To', 'NumMedia', 'AccountSid'),
  value: odd,
});

export const generatedRequests = fc.oneof(
  fc.record({ kind: fc.constant('raw' as const), body: raw, path, type, isSigned: fc.boolean() }),
  fc.record({ kind: fc.constant('form' as const), params, path, isSigned: fc.boolean() }),
  fc.record({
    kind: fc.constant('json' as const),
    value: fc.jsonValue({ maxDepth: 3 }),
    path,
    isSigned: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('almost' as const), change: almost }),
);
/** A generated request to a webhook. */
export type GeneratedRequest = typeof generatedRequests extends fc.Arbitrary<infer T> ? T : never;

const signedUrl = (target: string) => (target === '/webhook/sms' ? WEBHOOK_URL : PUBLIC_URL + target);

/** Returns the request to post, signed if `generated` says so. `message` makes a text as Twilio would post it. */
export function generatedPost(
  generated: GeneratedRequest,
  accountSid: string,
  message: (more: FormParams) => FormParams,
): WebhookRequest {
  switch (generated.kind) {
    case 'raw': {
      const { path: target, body, type: contentType, isSigned } = generated;
      const signature = isSigned ? signatureOf(signedUrl(target)) : 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=';
      return { path: target, body, type: contentType, signature };
    }
    case 'form': {
      const { path: target, params: form, isSigned } = generated;
      const withAccount = isSigned ? { ...form, AccountSid: accountSid } : form;
      return {
        path: target,
        body: encodeForm(withAccount),
        signature: signatureOf(signedUrl(target), withAccount),
      };
    }
    case 'json': {
      const body = JSON.stringify(generated.value);
      const target = `${generated.path.split('?', 1)[0]}?bodySHA256=${createHash('sha256').update(body).digest('hex')}`;
      const signature = generated.isSigned ? signatureOf(PUBLIC_URL + target) : 'x';
      return { path: target, body, type: 'application/json', signature };
    }
    case 'almost': {
      const { field, value } = generated.change;
      const form = message({ [field]: value });
      return { body: encodeForm(form), signature: signatureOf(WEBHOOK_URL, form) };
    }
    default:
      throw new TypeError('unknown kind of generated request');
  }
}
