import { PublicUrls, type PublicUrlVariables, resolvePublicUrls } from './public-urls.js';
import { twilioClient, type TwilioClient } from './twilio-client.js';
import type { TwilioEnv } from './twilio-env.js';
import { WebhookSignatures } from './webhook-signatures.js';

/** The URLs under which Twilio reaches us. `checkTwilioEnv` has checked that they can be derived. */
export function publicUrlsOf(env: PublicUrlVariables): PublicUrls {
  const resolution = resolvePublicUrls(env);
  if (resolution.kind === 'resolved') return resolution.urls;
  throw new TypeError(
    resolution.problems.map(({ variable, message }) => `${variable} ${message}`).join('; '),
  );
}

/** Creates the check of webhook signatures for the account and its auth tokens. */
export function webhookSignaturesOf(env: TwilioEnv): WebhookSignatures {
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN, TWILIO_AUTH_TOKEN_NEXT } = env;
  const authTokens = [TWILIO_AUTH_TOKEN, ...(TWILIO_AUTH_TOKEN_NEXT ? [TWILIO_AUTH_TOKEN_NEXT] : [])];
  return new WebhookSignatures({ accountSid, authTokens, urls: publicUrlsOf(env) });
}

/** Creates the account's REST client, with an API key if one is configured. One request takes at most `timeoutMs`. */
export function twilioClientOf(env: TwilioEnv, timeoutMs: number): Promise<TwilioClient> {
  const { TWILIO_API_KEY: apiKey, TWILIO_API_SECRET: apiSecret, TWILIO_AUTH_TOKEN: authToken } = env;
  const { TWILIO_AUTH_TOKEN_NEXT: nextAuthToken } = env;
  return twilioClient({
    accountSid: env.TWILIO_ACCOUNT_SID,
    credentials: apiKey && apiSecret ? { apiKey, apiSecret } : { authToken, nextAuthToken },
    baseUrl: env.TWILIO_API_BASE_URL,
    region: env.TWILIO_REGION,
    edge: env.TWILIO_EDGE,
    timeoutMs,
  });
}
