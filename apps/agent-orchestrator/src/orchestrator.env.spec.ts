import { ConfigurationError, parseEnv } from '@parley/service-kit';
import { describe, expect, it } from 'vitest';
import { OrchestratorEnv } from './orchestrator.env.js';

const complete = {
  DATABASE_URL: 'postgres://parley_orchestrator:x@127.0.0.1/parley',
  PARLEY_DATA_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
};

describe('the orchestrator’s environment', () => {
  it('without model settings, the orchestrator uses the demo model', () => {
    expect(parseEnv('test', OrchestratorEnv, complete)).toMatchObject({
      LLM_PROVIDER: 'demo',
      RECOVERY_TIME_SCALE: 1,
    });
  });

  it.each([
    ['openai', ['LLM_MODEL', 'LLM_API_KEY']],
    ['openai-compatible', ['LLM_MODEL', 'LLM_BASE_URL']],
  ])(
    'with LLM_PROVIDER=%s, all its missing settings are reported together with other mistakes',
    (LLM_PROVIDER, missing) => {
      const { PARLEY_DATA_KEYS } = complete;
      const parse = () => parseEnv('test', OrchestratorEnv, { PARLEY_DATA_KEYS, LLM_PROVIDER });
      expect(parse).toThrow(ConfigurationError);
      for (const variable of ['DATABASE_URL', ...missing]) expect(parse).toThrow(variable);
    },
  );

  it('an unknown LLM_PROVIDER is reported with the list of known ones', () => {
    const parse = () => parseEnv('test', OrchestratorEnv, { ...complete, LLM_PROVIDER: 'nobody' });
    expect(parse).toThrow(/LLM_PROVIDER.*must be one of demo, openai, openai-compatible/s);
    expect(parse).toThrow(ConfigurationError);
  });

  it('LLM_BASE_URL can point an openai-compatible model to any server', () => {
    const env = { LLM_PROVIDER: 'openai-compatible', LLM_MODEL: 'm', LLM_BASE_URL: 'http://127.0.0.1:9/v1' };
    expect(parseEnv('test', OrchestratorEnv, { ...complete, ...env })).toMatchObject(env);
  });
});
