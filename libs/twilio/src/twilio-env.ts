import { parseE164 } from '@parley/kernel';
import { z } from 'zod';

import { isHttpsOrLoopback, resolvePublicUrls } from './public-urls.js';

const sid = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}[0-9a-f]{32}$`), `must be ${prefix} and 32 hexadecimal digits`);

const phoneNumber = z.string().transform((text, context) => {
  const number = parseE164(text);
  if (number !== undefined) return number;
  context.addIssue({ code: 'custom', message: 'must be a phone number like +15550100000' });
  return z.NEVER;
});

/** The variables of every service that uses Twilio. Spread it into `z.object` and add `.check(checkTwilioEnv)`. */
export const twilioEnv = {
  TWILIO_ACCOUNT_SID: sid('AC').describe('AC…, from the Twilio console'),
  TWILIO_AUTH_TOKEN: z.string().describe("the account's auth token, from the Twilio console"),
  /** The next auth token, accepted too during a rotation. */
  TWILIO_AUTH_TOKEN_NEXT: z.string().optional(),
  TWILIO_API_KEY: sid('SK').optional(),
  TWILIO_API_SECRET: z.string().optional(),
  TWILIO_PHONE_NUMBER: phoneNumber.describe('our number at Twilio, like +15550100000'),
  TWILIO_REGION: z.string().optional(),
  TWILIO_EDGE: z.string().optional(),
  /** A stand-in for all of Twilio's REST hosts; unset means Twilio's own. */
  TWILIO_API_BASE_URL: z
    .string()
    .refine(isHttpsOrLoopback, 'must be an https:// URL (or http:// on localhost)')
    .optional(),
  PUBLIC_URL: z.string().optional(),
  WEBHOOK_URL: z.string().optional(),
  NGROK_URL: z.string().optional(),
};

export type TwilioEnv = z.output<z.ZodObject<typeof twilioEnv>>;

/** Checks the rules between variables, even if a single variable is wrong. */
export const checkTwilioEnv = z.superRefine<Partial<TwilioEnv>>(
  (env, context) => {
    const resolution = resolvePublicUrls(env);
    if (resolution.kind === 'invalid') {
      for (const { variable, message } of resolution.problems) {
        context.addIssue({ code: 'custom', path: [variable], message });
      }
    }
    if ((env.TWILIO_API_KEY === undefined) !== (env.TWILIO_API_SECRET === undefined)) {
      const missing = env.TWILIO_API_KEY === undefined ? 'TWILIO_API_KEY' : 'TWILIO_API_SECRET';
      context.addIssue({
        code: 'custom',
        path: [missing],
        message: 'is missing: key and secret belong together',
      });
    }
  },
  { when: () => true },
);
