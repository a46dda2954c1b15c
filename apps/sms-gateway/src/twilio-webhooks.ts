import { PublicUrls, resolvePublicUrls, WebhookSignatures } from '@parley/twilio';
import type { GatewayEnv } from './gateway.env.js';

/** Under which URLs Twilio reaches us. The environment was checked: they can be derived. */
export function publicUrlsOf(env: GatewayEnv): PublicUrls {
  const resolution = resolvePublicUrls(env);
  if (resolution.kind === 'resolved') return resolution.urls;
  throw new TypeError('the public URLs contradict each other');
}

/** Whose webhooks we believe. */
export function webhookSignaturesOf(env: GatewayEnv): WebhookSignatures {
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN, TWILIO_AUTH_TOKEN_NEXT } = env;
  const authTokens = [TWILIO_AUTH_TOKEN, ...(TWILIO_AUTH_TOKEN_NEXT ? [TWILIO_AUTH_TOKEN_NEXT] : [])];
  return new WebhookSignatures({ accountSid, authTokens, urls: publicUrlsOf(env) });
}
