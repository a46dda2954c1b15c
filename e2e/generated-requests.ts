import * as fc from 'fast-check';
import { createHash } from 'node:crypto';
import {
  ALIAS,
  BASE,
  encode,
  FORM,
  type Params,
  type Post,
  sign,
  STATUS,
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
const path = fc.constantFrom('/webhook/sms', ALIAS, STATUS, `${STATUS}?send=x`, `${ALIAS}?bodySHA256=00`);
const type = fc.constantFrom(
  FORM,
  `${FORM};charset=x`,
  'application/json',
  'text/plain',
  'multipart/form-data',
  '',
);

/** A text as Twilio would post it with one field made wrong, signed as it is. */
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
/** A request that is made up. */
export type GeneratedRequest = typeof generatedRequests extends fc.Arbitrary<infer T> ? T : never;

const signedUrl = (target: string) => (target === '/webhook/sms' ? WEBHOOK_URL : BASE + target);

/** The request, signed or not as it says; `message` makes a text as Twilio would post it. */
export function generatedPost(
  generated: GeneratedRequest,
  accountSid: string,
  message: (more: Params) => Params,
): Post {
  switch (generated.kind) {
    case 'raw': {
      const { path: target, body, type: contentType, isSigned } = generated;
      const signature = isSigned ? sign(signedUrl(target)) : 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=';
      return { path: target, body, type: contentType, signature };
    }
    case 'form': {
      const { path: target, params: form, isSigned } = generated;
      const withAccount = isSigned ? { ...form, AccountSid: accountSid } : form;
      return { path: target, body: encode(withAccount), signature: sign(signedUrl(target), withAccount) };
    }
    case 'json': {
      const body = JSON.stringify(generated.value);
      const target = `${generated.path.split('?', 1)[0]}?bodySHA256=${createHash('sha256').update(body).digest('hex')}`;
      const signature = generated.isSigned ? sign(BASE + target) : 'x';
      return { path: target, body, type: 'application/json', signature };
    }
    case 'almost': {
      const { field, value } = generated.change;
      const form = message({ [field]: value });
      return { body: encode(form), signature: sign(WEBHOOK_URL, form) };
    }
    default:
      throw new TypeError('a kind of input that nobody generates');
  }
}
