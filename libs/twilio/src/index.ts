export { type Form, parseForm, registerTwilioFormParser } from './form-parser.js';
export {
  PublicUrls,
  type PublicUrlResolution,
  type PublicUrlVariables,
  resolvePublicUrls,
  SMS_WEBHOOK_PATHS,
} from './public-urls.js';
export { withRequestDeadline } from './request-deadline.js';
export { twilioClient, type TwilioClient, type TwilioClientOptions } from './twilio-client.js';
export { checkTwilioEnv, twilioEnv, type TwilioEnv } from './twilio-env.js';
export { type TwilioFailure, twilioFailureOf, TwilioRequestError } from './twilio-failure.js';
export { TwilioSignatureGuard, webhookProblems } from './twilio-signature.guard.js';
export {
  type WebhookRefusal,
  type WebhookRequest,
  WebhookSignatures,
  type WebhookTrust,
} from './webhook-signatures.js';
