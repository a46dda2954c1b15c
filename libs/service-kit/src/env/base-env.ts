import { DataKeys, InvalidDataKeysError } from '@parley/encryption';
import { z } from 'zod';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const LOG_FORMATS = ['json', 'pretty'] as const;
const MAX_PORT = 65_535;

/** Makes the schema of a whole number from `min` to `max`, both included. */
export function wholeNumberVariable(min: number, max: number, what = 'a whole number') {
  const expected = `must be ${what} from ${min} to ${max}`;
  return z.coerce.number({ error: expected }).int(expected).min(min, expected).max(max, expected);
}

/** A TCP port; 0 lets the system choose a free one. */
export const portVariable = wholeNumberVariable(0, MAX_PORT, 'a port number');

/** A factor of times, for tests. */
export const scaleVariable = z.coerce.number().positive('must be above 0');

/** Makes the schema of a URL with one of these schemes (without the colon). */
export function urlVariable(...schemes: string[]) {
  return z
    .string()
    .refine((text) => isUrl(text, schemes), `must be a URL that starts with ${anyOf(schemes)}`);
}

/** Makes the schema of one such URL, or of several separated by commas: the servers of a cluster. */
function urlsVariable(...schemes: string[]) {
  return z
    .string()
    .refine(
      (text) => text.split(',').every((url) => isUrl(url.trim(), schemes)),
      `must be a URL that starts with ${anyOf(schemes)}, or several with commas between`,
    );
}

const isUrl = (text: string, schemes: readonly string[]): boolean =>
  schemes.some((scheme) => text.startsWith(`${scheme}://`)) && URL.canParse(text);

const anyOf = (schemes: readonly string[]): string => schemes.map((scheme) => `${scheme}://`).join(' or ');

const dataKeys = z.string().transform((spec, context) => {
  try {
    return DataKeys.parse(spec);
  } catch (error) {
    if (!(error instanceof InvalidDataKeysError)) throw error;
    context.addIssue({ code: 'custom', message: `must be <id>:<base64 of 32 bytes>[,…]: ${error.message}` });
    return z.NEVER;
  }
});

/** How a service logs. */
const loggingEnv = {
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info'),
  /** `json`: one object per line, for collectors. `pretty`: one short line for a person. */
  LOG_FORMAT: z.enum(LOG_FORMATS, { error: `must be one of ${LOG_FORMATS.join(', ')}` }).default('json'),
};

export type LoggingEnv = z.output<z.ZodObject<typeof loggingEnv>>;

/** The variables of every process with an HTTP port: where it listens and how it logs. */
export const listenerEnv = {
  ...loggingEnv,
  HOST: z.string().default('0.0.0.0'),
  PORT: portVariable.default(8080),
};

/** The variables of every service: spread it into the service's own `z.object({ ...baseEnv, … })`. */
export const baseEnv = {
  ...listenerEnv,
  DATABASE_URL: urlVariable('postgres', 'postgresql').describe(
    "the service's own database role, postgres://…",
  ),
  NATS_URL: urlsVariable('nats', 'tls').default('nats://127.0.0.1:4222'),
  NATS_CREDS_FILE: z.string().optional(),
  NATS_TLS_CA_FILE: z.string().optional(),
  /** How many servers of a NATS cluster hold a copy of each stream. */
  NATS_REPLICAS: wholeNumberVariable(1, 5).default(1),
  PARLEY_DATA_KEYS: dataKeys.describe('<id>:<base64 of 32 bytes>[,…], the first key encrypts'),
  /** Shortens all recovery times, for fault tests. */
  RECOVERY_TIME_SCALE: scaleVariable.default(1),
};

export type BaseEnv = z.output<z.ZodObject<typeof baseEnv>>;
