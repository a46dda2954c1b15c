import { z } from 'zod';

const optionalText = z.preprocess((value) => (value === '' ? undefined : value), z.string().optional());
const optionalUrl = z.preprocess(
  (value) => (value === '' ? undefined : value),
  z.url({ protocol: /^https?$/ }).optional(),
);
const PhoneNumber = z.string().regex(/^\+[1-9]\d{6,14}$/, 'must be an E.164 number such as +15550100000');

export const SimulatorEnv = z
  .object({
    PORT: z.coerce.number().int().min(0).max(65_535).default(4010),
    HOST: z.string().default('127.0.0.1'),
    SIMULATOR_TWILIO_ACCOUNT_SID: z
      .string()
      .regex(/^AC[0-9a-f]{32}$/, 'must be AC and 32 hexadecimal digits'),
    SIMULATOR_TWILIO_AUTH_TOKEN: z.string().min(1),
    SIMULATOR_TWILIO_API_KEY: optionalText,
    SIMULATOR_TWILIO_API_SECRET: optionalText,
    SIMULATOR_TWILIO_NUMBERS: z
      .string()
      .transform((list) => list.split(',').map((number) => number.trim()))
      .pipe(z.array(PhoneNumber).min(1)),
    SIMULATOR_SMS_WEBHOOK_URL: optionalUrl,
    SIMULATOR_SMS_FALLBACK_URL: optionalUrl,
    SIMULATOR_STATUS_CALLBACK_DELAY_MS: z.coerce.number().int().min(0).max(60_000).default(20),
    SIMULATOR_OPT_OUT: z.enum(['default', 'advanced', 'off']).default('default'),
    SIMULATOR_VOICE_WEBHOOK_URL: optionalUrl,
    SIMULATOR_VOICE_FALLBACK_URL: optionalUrl,
    SIMULATOR_VOICE_STATUS_URL: optionalUrl,
    SIMULATOR_DEEPGRAM_API_KEY: optionalText,
    SIMULATOR_ELEVENLABS_API_KEY: optionalText,
    SIMULATOR_LATENCY: z.enum(['published', 'none']).default('published'),
  })
  .refine(
    (env) => (env.SIMULATOR_TWILIO_API_KEY === undefined) === (env.SIMULATOR_TWILIO_API_SECRET === undefined),
    {
      path: ['SIMULATOR_TWILIO_API_SECRET'],
      message: 'SIMULATOR_TWILIO_API_KEY and SIMULATOR_TWILIO_API_SECRET must be set together',
    },
  );
export type SimulatorEnv = z.output<typeof SimulatorEnv>;

export const HELP_TEXT = `Simulates Twilio's SMS and voice APIs, Deepgram, ElevenLabs and an OpenAI-compatible model for development and tests.

Configuration is read from the environment:
  PORT                                port to listen on (default 4010, 0 = any free one)
  HOST                                address to bind (default 127.0.0.1)
  SIMULATOR_TWILIO_ACCOUNT_SID        the account's SID (required)
  SIMULATOR_TWILIO_AUTH_TOKEN         its auth token; signs webhooks (required)
  SIMULATOR_TWILIO_API_KEY            an API key accepted in addition to the account's credentials
  SIMULATOR_TWILIO_API_SECRET         that key's secret
  SIMULATOR_TWILIO_NUMBERS            numbers the account owns, comma-separated (required)
  SIMULATOR_SMS_WEBHOOK_URL           where inbound texts are posted; may carry #rc=…&rp=…&ct=…&rt=…&tt=…
  SIMULATOR_SMS_FALLBACK_URL          tried when the webhook URL does not answer 2xx
  SIMULATOR_STATUS_CALLBACK_DELAY_MS  time between two statuses of a sent message (default 20)
  SIMULATOR_OPT_OUT                   default | advanced | off: Twilio's own handling of STOP and START (default: default)
  SIMULATOR_VOICE_WEBHOOK_URL         where calls to the numbers are posted
  SIMULATOR_VOICE_FALLBACK_URL        tried when the voice webhook URL does not answer 2xx
  SIMULATOR_VOICE_STATUS_URL          where the end of an incoming call is posted
  SIMULATOR_DEEPGRAM_API_KEY          the only key accepted by Deepgram (default: any key)
  SIMULATOR_ELEVENLABS_API_KEY        the only key accepted by ElevenLabs (default: any key)
  SIMULATOR_LATENCY                   published | none: latency of the voice vendors (default: published)

It serves Twilio's REST API under /api, Deepgram under /deepgram, ElevenLabs under /elevenlabs, the model under /v1,
its control API under /control, and /health/live and /health/ready. See README.md beside this program.
`;
