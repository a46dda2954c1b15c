import { describe, expect, it } from 'vitest';
import { LaunchSettingsError, readLaunchSettings } from './launch-settings.js';

const live = { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: 't', TWILIO_PHONE_NUMBER: '+15557654321' };

describe('the launcher settings', () => {
  it('simulate everything on port 4000 when nothing is set', () => {
    expect(readLaunchSettings({})).toMatchObject({
      port: 4000,
      publicUrl: 'http://localhost:4000',
      twilio: { mode: 'simulated', phoneNumber: '+15550100000' },
      llmProvider: 'demo',
      warnings: [],
    });
  });

  it('take WEBHOOK_PORT before PORT', () => {
    expect(readLaunchSettings({ WEBHOOK_PORT: '4001', PORT: '4002' }).publicUrl).toBe(
      'http://localhost:4001',
    );
    expect(readLaunchSettings({ PORT: '4002' }).port).toBe(4002);
  });

  it('leave the real world aside while simulating', () => {
    const { publicUrl, serviceEnv } = readLaunchSettings({
      PUBLIC_URL: 'https://parley.example',
      WEBHOOK_URL: 'https://parley.example/webhook/sms',
      TWILIO_PHONE_NUMBER: '+15557654321',
      TWILIO_OPT_OUT_HANDLING: 'off',
      DATABASE_ADMIN_URL: 'postgres://admin@db.example/parley',
    });
    expect(publicUrl).toBe('http://localhost:4000');
    expect(serviceEnv).toEqual({ TWILIO_OPT_OUT_HANDLING: 'off' });
  });

  it('go live with credentials, at the public address', () => {
    const settings = readLaunchSettings({ ...live, WEBHOOK_URL: 'https://parley.example/a/webhook/sms' });
    expect(settings.twilio).toEqual({ mode: 'live' });
    expect(settings.publicUrl).toBe('https://parley.example/a');
    expect(settings.serviceEnv).toMatchObject(live);
    expect(settings.warnings).toEqual([]);
  });

  it('warn when live and not reachable, and when all services share one role', () => {
    expect(readLaunchSettings(live).warnings).toEqual([expect.stringContaining('PUBLIC_URL')]);
    expect(readLaunchSettings({ DATABASE_URL: 'postgres://one@db.example/parley' }).warnings).toEqual([
      expect.stringContaining('DATABASE_ADMIN_URL'),
    ]);
  });

  it('name all problems at once', () => {
    const env = { WEBHOOK_PORT: 'x', LOG_LEVEL: 'loud', TWILIO_ACCOUNT_SID: 'AC1' };
    const read = () => readLaunchSettings(env);
    expect(read).toThrow(LaunchSettingsError);
    expect(read).toThrow(/WEBHOOK_PORT.*\nTWILIO_AUTH_TOKEN.*\nTWILIO_PHONE_NUMBER/);
  });

  it.each(['foo', 'postgres://', 'mysql://a@b/c'])('refuse the database %s', (url) => {
    expect(() => readLaunchSettings({ DATABASE_ADMIN_URL: url })).toThrow(
      'DATABASE_ADMIN_URL must be a URL that starts with postgres:// or postgresql://.',
    );
  });

  it('take several NATS servers, and refuse what is none', () => {
    expect(readLaunchSettings({ NATS_URL: 'nats://a:4222, nats://b:4222' }).natsUrl).toContain('nats://b');
    expect(() => readLaunchSettings({ NATS_URL: 'localhost:4222' })).toThrow('NATS_URL must be');
  });

  it('take the log level silent', () => {
    expect(readLaunchSettings({ LOG_LEVEL: 'silent' })).toMatchObject({
      logLevel: 'silent',
      serviceEnv: { LOG_LEVEL: 'silent' },
    });
  });

  it('choose the model provider by what is set', () => {
    expect(readLaunchSettings({ LLM_API_KEY: 'k' }).llmProvider).toBe('openai');
    expect(readLaunchSettings({ LLM_BASE_URL: 'http://m/v1' }).llmProvider).toBe('openai-compatible');
    expect(readLaunchSettings({ LLM_PROVIDER: 'demo', LLM_API_KEY: 'k' }).llmProvider).toBe('demo');
  });
});
