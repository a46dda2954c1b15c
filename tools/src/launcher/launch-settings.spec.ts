import { describe, expect, it } from 'vitest';
import { readLaunchSettings } from './launch-settings.js';

const live = { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: 't', TWILIO_PHONE_NUMBER: '+15557654321' };

const settingsOf = (env: Record<string, string>) => readLaunchSettings(env).settings;
const problemsOf = (env: Record<string, string>) => Object.fromEntries(readLaunchSettings(env).problems);

describe('the launcher settings', () => {
  it('without settings all vendors are simulated and the port is 4000', () => {
    expect(settingsOf({})).toMatchObject({
      port: 4000,
      publicUrl: 'http://localhost:4000',
      twilio: { mode: 'simulated', phoneNumber: '+15550100000' },
      llmProvider: 'demo',
      warnings: [],
    });
  });

  it('WEBHOOK_PORT takes precedence over PORT', () => {
    expect(settingsOf({ WEBHOOK_PORT: '4001', PORT: '4002' }).publicUrl).toBe('http://localhost:4001');
    expect(settingsOf({ PORT: '4002' }).port).toBe(4002);
  });

  it('settings of the real vendors and addresses are ignored while Twilio is simulated', () => {
    const { publicUrl, serviceEnv } = settingsOf({
      PUBLIC_URL: 'https://parley.example',
      WEBHOOK_URL: 'https://parley.example/webhook/sms',
      TWILIO_PHONE_NUMBER: '+15557654321',
      TWILIO_OPT_OUT_HANDLING: 'off',
      DATABASE_ADMIN_URL: 'postgres://admin@db.example/parley',
    });
    expect(publicUrl).toBe('http://localhost:4000');
    expect(serviceEnv).toEqual({ TWILIO_OPT_OUT_HANDLING: 'off' });
  });

  it('Twilio credentials switch to live mode with the public address', () => {
    const settings = settingsOf({ ...live, WEBHOOK_URL: 'https://parley.example/a/webhook/sms' });
    expect(settings.twilio).toEqual({ mode: 'live' });
    expect(settings.publicUrl).toBe('https://parley.example/a');
    expect(settings.serviceEnv).toMatchObject(live);
    expect(settings.warnings).toEqual([]);
  });

  it('the launcher warns without a public address in live mode, and when all services share a database role', () => {
    expect(settingsOf(live).warnings).toEqual([expect.stringContaining('PUBLIC_URL')]);
    expect(settingsOf({ DATABASE_URL: 'postgres://one@db.example/parley' }).warnings).toEqual([
      expect.stringContaining('DATABASE_ADMIN_URL'),
    ]);
  });

  it('every wrong variable of the launcher is named with its problem', () => {
    expect(problemsOf({ WEBHOOK_PORT: 'x', LOG_LEVEL: 'loud', TWILIO_ACCOUNT_SID: 'AC1' })).toEqual({
      WEBHOOK_PORT: 'must be a port number from 1 to 65535, not "x"',
      LOG_LEVEL: 'must be one of trace, debug, info, warn, error, fatal, silent',
      TWILIO_AUTH_TOKEN: expect.stringMatching(/^is missing/),
    });
  });

  it.each(['foo', 'postgres://', 'mysql://a@b/c'])('the launcher refuses the database URL %s', (url) => {
    const { settings, problems } = readLaunchSettings({ DATABASE_ADMIN_URL: url });
    expect(problems.get('DATABASE_ADMIN_URL')).toBe(
      'must be a URL that starts with postgres:// or postgresql://',
    );
    expect(settings.databaseAdminUrl).toBeUndefined();
  });

  it('the launcher accepts several servers in NATS_URL and refuses an address without a scheme', () => {
    expect(settingsOf({ NATS_URL: 'nats://a:4222, nats://b:4222' }).natsUrl).toContain('nats://b');
    expect(problemsOf({ NATS_URL: 'localhost:4222' })).toHaveProperty('NATS_URL');
  });

  it('the launcher accepts LOG_LEVEL=silent', () => {
    expect(settingsOf({ LOG_LEVEL: 'silent' })).toMatchObject({
      logLevel: 'silent',
      serviceEnv: { LOG_LEVEL: 'silent' },
    });
  });

  it('the model provider follows from LLM_PROVIDER, LLM_BASE_URL and LLM_API_KEY', () => {
    expect(settingsOf({ LLM_API_KEY: 'k' }).llmProvider).toBe('openai');
    expect(settingsOf({ LLM_BASE_URL: 'http://m/v1' }).llmProvider).toBe('openai-compatible');
    expect(settingsOf({ LLM_PROVIDER: 'demo', LLM_API_KEY: 'k' }).llmProvider).toBe('demo');
  });
});
