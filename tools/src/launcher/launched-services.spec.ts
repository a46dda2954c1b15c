import { describe, expect, it } from 'vitest';
import { problemsOfService, variablesByService } from './launched-services.js';

const secrets = {
  PARLEY_DATA_KEYS: 'k1:…',
  PARLEY_API_KEY: 'parley_…',
  LLM_API_KEY: 'sk-…',
  TWILIO_AUTH_TOKEN: 'token',
  DEEPGRAM_API_KEY: 'dg',
  ELEVENLABS_API_KEY: 'el',
  AWS_SECRET_ACCESS_KEY: 'of something else',
};

describe('the variables of a launched process', () => {
  it('each process gets only the secrets that it reads', () => {
    const given = variablesByService(secrets);
    const namesOf = (service: string) => Object.keys(given[service]!);
    expect(namesOf('agent-orchestrator')).toEqual(['PARLEY_DATA_KEYS', 'LLM_API_KEY']);
    expect(namesOf('sms-gateway')).toEqual(['PARLEY_DATA_KEYS', 'PARLEY_API_KEY', 'TWILIO_AUTH_TOKEN']);
    expect(namesOf('voice-bridge')).toEqual([
      'PARLEY_DATA_KEYS',
      'TWILIO_AUTH_TOKEN',
      'DEEPGRAM_API_KEY',
      'ELEVENLABS_API_KEY',
    ]);
    expect(namesOf('simulator')).toEqual([]);
  });

  it('each process gets the settings that it or its migration step reads', () => {
    const own = {
      AGENTS_FILE: 'a',
      VOICE_MAX_CALLS: '1',
      SMS_MAX_EQUAL_TEXTS: '2',
      SIMULATOR_LATENCY: 'none',
    };
    const shared = { LOG_LEVEL: 'debug', HTTPS_PROXY: 'http://proxy', NODE_OPTIONS: '--trace-warnings' };
    const given = variablesByService({ ...own, ...shared });
    expect(given['agent-orchestrator']).toEqual({ AGENTS_FILE: 'a', ...shared });
    expect(given['voice-bridge']).toEqual({ VOICE_MAX_CALLS: '1', ...shared });
    expect(given['sms-gateway']).toEqual({ SMS_MAX_EQUAL_TEXTS: '2', ...shared });
    const { LOG_LEVEL: _, ...ofAnyProgram } = shared;
    expect(given['simulator']).toEqual({ SIMULATOR_LATENCY: 'none', ...ofAnyProgram });
  });

  it('problemsOfService reports the wrong variables of a service', () => {
    expect(problemsOfService('voice-bridge', { VOICE_MAX_CALLS: 'many' }).get('VOICE_MAX_CALLS')).toBe(
      'must be a whole number from 1 to 2000',
    );
    expect(problemsOfService('simulator', {})).toEqual(new Map());
  });
});
