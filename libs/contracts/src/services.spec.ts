import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SERVICES, serviceAt, services } from './services.js';

describe('the list of services', () => {
  it.each(SERVICES)('the service %s has a program and a migration step in its folder', (service) => {
    for (const file of ['main', 'migrate'])
      expect(existsSync(new URL(`../../../apps/${service}/src/${file}.ts`, import.meta.url))).toBe(true);
  });

  it('each service has a schema, a role and a port of its own', () => {
    for (const field of ['schema', 'role', 'port'] as const)
      expect(new Set(SERVICES.map((service) => services[service][field])).size).toBe(SERVICES.length);
  });

  it.each([
    ['/webhooks/twilio/voice', 'voice-bridge'],
    ['/webhooks/twilio/voice/resume?callId=call_1', 'voice-bridge'],
    ['/webhook/voice', 'voice-bridge'],
    ['/media/call_1/token', 'voice-bridge'],
    ['/media?x', 'voice-bridge'],
    ['/webhook/voicemail', 'sms-gateway'],
    ['/webhook/sms', 'sms-gateway'],
    ['/v1/calls', 'sms-gateway'],
    ['/', 'sms-gateway'],
    ['*', 'sms-gateway'],
  ])('the path %s is routed to %s', (path, service) => {
    expect(serviceAt(path)).toBe(service);
  });
});
