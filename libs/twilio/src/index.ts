export { type Form, registerTwilioFormParser } from './form-parser.js';
export { publicUrlsOf, twilioClientOf, webhookSignaturesOf } from './from-env.js';
export { PublicUrls, SMS_WEBHOOK_PATHS } from './public-urls.js';
export { withRequestDeadline } from './request-deadline.js';
export type { TwilioClient } from './twilio-client.js';
export { checkTwilioEnv, twilioEnv } from './twilio-env.js';
export { type TwilioFailure, twilioFailureOf } from './twilio-failure.js';
export { TwilioSignatureGuard, webhookProblems } from './twilio-signature.guard.js';
export { type WebhookRequest, WebhookSignatures } from './webhook-signatures.js';
