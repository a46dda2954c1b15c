import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@parley/local-stack';
import { describe, expect, it } from 'vitest';
import { serviceVariables } from './service-variables.js';

const secrets = {
  PARLEY_DATA_KEYS: 'k1:…',
  PARLEY_API_KEY: 'parley_…',
  LLM_API_KEY: 'sk-…',
  TWILIO_AUTH_TOKEN: 'token',
  DEEPGRAM_API_KEY: 'dg',
  ELEVENLABS_API_KEY: 'el',
  AWS_SECRET_ACCESS_KEY: 'of something else',
};

/** The names in a service's schemas of its environment. */
function variablesOf(...files: string[]): string[] {
  return files
    .flatMap((pattern) => globSync(pattern, { cwd: repositoryRoot }))
    .flatMap((file) => [
      ...readFileSync(join(repositoryRoot, file), 'utf8').matchAll(/^\s+([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+): /gm),
    ])
    .map(([, name]) => name!);
}

/** Derived by the launcher, for each process alone. */
const DERIVED = /^(DATABASE_URL|DATABASE_ADMIN_URL|PUBLIC_URL|WEBHOOK_PORT|LOCAL_ORIGIN_SECRET)$/;

describe("a service's variables", () => {
  it('hold the secrets that it needs, and no other', () => {
    const given = serviceVariables(secrets);
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

  it.each([
    ['agent-orchestrator', []],
    ['sms-gateway', ['libs/twilio/src/twilio-env.ts']],
    ['voice-bridge', ['libs/twilio/src/twilio-env.ts']],
  ])('hold all that %s reads', (service, shared) => {
    const read = variablesOf(
      `apps/${service}/src/**/{*.env,*-settings}.ts`,
      'libs/service-kit/src/env/base-env.ts',
      ...shared,
    ).filter((name) => !DERIVED.test(name));
    expect(read.length).toBeGreaterThan(8);
    const given = serviceVariables(Object.fromEntries(read.map((name) => [name, 'set'])));
    expect(read.filter((name) => !(name in given[service]!))).toEqual([]);
  });
});
