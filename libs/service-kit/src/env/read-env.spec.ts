import { randomBytes } from 'node:crypto';

import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { baseEnv, ConfigurationError, parseEnv } from '../index.js';

const schema = z.object({
  ...baseEnv,
  API_KEY: z.string().min(20, 'must have at least 20 characters').describe('the key of the API'),
});
const dataKey = `k1:${randomBytes(32).toString('base64')}`;
const complete = {
  DATABASE_URL: 'postgres://user:hidden@127.0.0.1/parley',
  PARLEY_DATA_KEYS: dataKey,
  API_KEY: 'a key of twenty characters',
};

describe('reading the environment', () => {
  it('readEnv fills in defaults and parses typed values', () => {
    const env = parseEnv('a-service', schema, { ...complete, PORT: '4001', LOG_LEVEL: '' });
    expect(env).toMatchObject({ PORT: 4001, HOST: '0.0.0.0', LOG_LEVEL: 'info', LOG_FORMAT: 'json' });
    expect(env.NATS_URL).toBe('nats://127.0.0.1:4222');
    expect(env.PARLEY_DATA_KEYS.decrypt(env.PARLEY_DATA_KEYS.encrypt('text', 'aad'), 'aad')).toBe('text');
  });

  it('readEnv names every wrong variable at once, with the expected value and without the given one', () => {
    const wrong = {
      PORT: '80a',
      LOG_LEVEL: 'loud',
      NATS_URL: 'http://hidden',
      PARLEY_DATA_KEYS: 'k1:aGlkZGVu',
      API_KEY: 'hidden',
    };
    const attempt = () => parseEnv('a-service', schema, wrong);
    expect(attempt).toThrow(ConfigurationError);
    expect(attempt).toThrow(
      [
        'a-service cannot start: 6 variables are missing or wrong.',
        '  LOG_LEVEL         must be one of trace, debug, info, warn, error, fatal, silent',
        '  PORT              must be a port number from 0 to 65535',
        "  DATABASE_URL      is missing: the service's own database role, postgres://…",
        '  NATS_URL          must be a URL that starts with nats:// or tls://, or several with commas between',
        '  PARLEY_DATA_KEYS  must be <id>:<base64 of 32 bytes>[,…]: data key "k1" has 6 bytes instead of 32',
        '  API_KEY           must have at least 20 characters',
      ].join('\n'),
    );
    expect(attempt).not.toThrow(/hidden|aGlkZGVu/);
  });

  it('readEnv accepts the URLs of a NATS cluster', () => {
    const NATS_URL = 'nats://user:secret@a:4222, tls://b:4222';
    expect(parseEnv('a-service', schema, { ...complete, NATS_URL }).NATS_URL).toBe(NATS_URL);
  });

  it.each(['nats://a:4222,', 'nats://a:4222,b:4222', 'nats://a:4222,http://b:4222'])(
    'readEnv refuses the NATS servers %s',
    (NATS_URL) => {
      expect(() => parseEnv('a-service', schema, { ...complete, NATS_URL })).toThrow(
        /NATS_URL {2}must be a URL/,
      );
    },
  );

  it.each(['-1', '65536', '1.5', 'http'])('readEnv refuses the port %s', (PORT) => {
    expect(() => parseEnv('a-service', schema, { ...complete, PORT })).toThrow(
      /1 variable is missing or wrong.\n {2}PORT {2}must be a port number from 0 to 65535$/,
    );
  });
});
