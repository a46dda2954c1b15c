import { parseId } from '@parley/kernel';
import { describe, expect, it } from 'vitest';
import { catalogue, requests } from './catalogue.js';
import { SERVICES } from './services.js';
import { durableOf, rpcSubjectOf, subjectFilterOf, subjectOf } from './subjects.js';

const named = catalogue.map((contract) => [subjectFilterOf(contract), contract] as const);

describe.each(named)('%s', (_subject, contract) => {
  const key = String(contract.example[contract.keyField]);

  it('has an example that its own schema reads back unchanged', () => {
    expect(contract.schema.parse(contract.example)).toStrictEqual(contract.example);
  });

  it('is keyed by an id, in the fifth token of its subject', () => {
    expect(subjectOf(contract, key).split('.')).toHaveLength(5);
    expect(subjectOf(contract, key)).toMatch(
      /^(evt|int|cmd)\.[a-z]+\.[a-z]+(-[a-z]+)*\.v[1-9]\d*\.[a-z]+_[0-9a-z]{26}$/,
    );
  });

  it('carries numbers and bodies as secrets unless it is a public event', () => {
    if (contract.kind === 'evt') return expect(contract.secretFields).toEqual([]);
    const sensitive = Object.keys(contract.schema.shape).filter((field) =>
      ['from', 'to', 'text', 'media'].includes(field),
    );
    expect(contract.secretFields).toEqual(expect.arrayContaining(sensitive));
  });

  it('is handled by services that exist, and public events by outsiders alone', () => {
    for (const service of contract.consumers) expect(SERVICES).toContain(service);
    expect(contract.consumers.length > 0).toBe(contract.kind !== 'evt');
  });

  it('ignores fields it does not know', () => {
    expect(contract.schema.parse({ ...contract.example, addedLater: true })).toStrictEqual(contract.example);
  });
});

describe('the catalogue', () => {
  it('names every message once', () => {
    const filters = catalogue.map(subjectFilterOf);
    expect(new Set(filters).size).toBe(filters.length);
  });

  it('gives every consumer a durable name of its own that NATS accepts', () => {
    const durables = catalogue.flatMap((contract) =>
      contract.consumers.map((service) => durableOf(contract, service)),
    );
    expect(new Set(durables).size).toBe(durables.length);
    for (const durable of durables) expect(durable).toMatch(/^[a-z0-9_-]+$/);
  });

  it('never has a phone number in a key', () => {
    for (const contract of catalogue) {
      const key = String(contract.example[contract.keyField]);
      expect((['thr', 'conv', 'ctc'] as const).some((prefix) => parseId(prefix, key) !== undefined)).toBe(
        true,
      );
    }
  });
});

describe.each(requests.map((request) => [rpcSubjectOf(request), request] as const))(
  '%s',
  (subject, request) => {
    it('has four tokens and examples that its schemas read', () => {
      expect(subject).toMatch(/^rpc\.[a-z-]+\.[a-z-]+\.v[1-9]\d*$/);
      expect(request.input.parse(request.exampleInput)).toStrictEqual(request.exampleInput);
      expect(request.output.parse(request.exampleOutput)).toStrictEqual(request.exampleOutput);
    });
  },
);

describe('an open enum', () => {
  it('reads a value of a later release as unknown', () => {
    const status = catalogue.find((contract) => contract.name === 'sms.status-changed')!;
    expect(status.schema.parse({ ...status.example, status: 'teleported' })).toMatchObject({
      status: 'unknown',
    });
  });
});
