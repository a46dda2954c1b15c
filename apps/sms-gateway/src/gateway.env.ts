import { services } from '@parley/contracts';
import { baseEnv, portVariable } from '@parley/service-kit/env';
import { OPT_OUT_HANDLINGS } from '@parley/sms-policy';
import { checkTwilioEnv, twilioEnv } from '@parley/twilio/env';
import { z } from 'zod';

const MIN_SECRET_LENGTH = 16;

const count = z.coerce.number().int().min(1);
const secret = z.string().min(MIN_SECRET_LENGTH, `must have at least ${MIN_SECRET_LENGTH} characters`);

const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;

/** Everything the gateway reads from its environment. */
export const GatewayEnv = z
  .object({
    ...baseEnv,
    ...twilioEnv,
    PORT: portVariable.default(services['sms-gateway'].port),
    /** Takes precedence over PORT. */
    WEBHOOK_PORT: portVariable.optional(),
    PARLEY_API_KEY: secret.describe('the first API key, which may do everything'),
    /** How the Twilio account answers STOP, START and HELP. */
    TWILIO_OPT_OUT_HANDLING: z.enum(OPT_OUT_HANDLINGS).default('default'),
    /** The most replies to one person on one line; above that, two machines may be texting each other. */
    SMS_MAX_REPLIES_IN_2_MINUTES: count.default(10),
    SMS_MAX_REPLIES_A_DAY: count.default(60),
    /** The agent does not answer after this many equal texts in a row. */
    SMS_MAX_EQUAL_TEXTS: count.min(2).default(4),
    /** The origins of web pages, besides our own, that may open a web chat; commas between. */
    CHAT_ALLOWED_ORIGINS: z
      .string()
      .default('')
      .transform((list) =>
        list
          .split(',')
          .map((origin) => origin.trim())
          .filter((origin) => origin !== ''),
      )
      .pipe(
        z.array(z.string().refine(isOrigin, 'must be origins like https://example.com, with commas between')),
      ),
    /** Only the launcher sets it, and marks unsigned texts from this machine with it. */
    LOCAL_ORIGIN_SECRET: secret.optional(),
  })
  .check(checkTwilioEnv);
export type GatewayEnv = z.output<typeof GatewayEnv>;

/** The injection token of the checked environment. */
export const GATEWAY_ENV = Symbol('GatewayEnv');
