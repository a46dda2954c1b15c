import { parseId } from '@parley/kernel';
import { describe, expect, it } from 'vitest';
import { catalogue, liveMessages, liveRequests, requests } from './catalogue.js';
import { SERVICES } from './services.js';
import { durableOf, rpcSubjectOf, subjectFilterOf, subjectOf } from './subjects.js';
import { SpokenTurnCompleted } from './voice/call-facts.js';
import { VoiceTurn } from './voice/voice-turn.js';

const named = catalogue.map((contract) => [subjectFilterOf(contract), contract] as const);

describe.each(named)('%s', (_subject, contract) => {
  const key = String(contract.example[contract.keyField]);

  it('a durable message has an example that its own schema reads back unchanged', () => {
    expect(contract.schema.parse(contract.example)).toStrictEqual(contract.example);
  });

  it('a durable message has an id as key, the fifth token of its subject', () => {
    expect(subjectOf(contract, key).split('.')).toHaveLength(5);
    expect(subjectOf(contract, key)).toMatch(
      /^(evt|int|cmd)\.[a-z]+\.[a-z]+(-[a-z]+)*\.v[1-9]\d*\.[a-z]+_[0-9a-z]{26}$/,
    );
  });

  it('a durable message has phone numbers and texts only in secret fields, unless it is an event', () => {
    if (contract.kind === 'evt') return expect(contract.secretFields).toEqual([]);
    const sensitive = Object.keys(contract.schema.shape).filter((field) =>
      [
        'from',
        'to',
        'contactNumber',
        'lineNumber',
        'number',
        'numbers',
        'userId',
        'text',
        'said',
        'reply',
        'media',
      ].includes(field),
    );
    expect(contract.secretFields).toEqual(expect.arrayContaining(sensitive));
  });

  it('a durable message names existing services as consumers, and an event names none', () => {
    for (const service of contract.consumers) expect(SERVICES).toContain(service);
    expect(contract.consumers.length > 0).toBe(contract.kind !== 'evt');
  });

  it('a durable message ignores fields that it does not know', () => {
    expect(contract.schema.parse({ ...contract.example, addedLater: true })).toStrictEqual(contract.example);
  });
});

describe('the catalogue', () => {
  it('the catalogue names every message once', () => {
    const filters = catalogue.map(subjectFilterOf);
    expect(new Set(filters).size).toBe(filters.length);
  });

  it('the catalogue gives every consumer a durable name of its own that NATS accepts', () => {
    const durables = catalogue.flatMap((contract) =>
      contract.consumers.map((service) => durableOf(contract, service)),
    );
    expect(new Set(durables).size).toBe(durables.length);
    for (const durable of durables) expect(durable).toMatch(/^[a-z0-9_-]+$/);
  });

  it('no message of the catalogue has a phone number as key', () => {
    for (const contract of catalogue) {
      const key = String(contract.example[contract.keyField]);
      expect(
        (['thr', 'conv', 'ctc', 'call', 'agt', 'ver'] as const).some(
          (prefix) => parseId(prefix, key) !== undefined,
        ),
      ).toBe(true);
    }
  });
});

describe.each(requests.map((request) => [rpcSubjectOf(request), request] as const))(
  '%s',
  (subject, request) => {
    it('a request has four tokens and examples that its schemas read', () => {
      expect(subject).toMatch(/^rpc\.[a-z-]+\.[a-z-]+\.v[1-9]\d*$/);
      expect(request.input.parse(request.exampleInput)).toStrictEqual(request.exampleInput);
      expect(request.output.parse(request.exampleOutput)).toStrictEqual(request.exampleOutput);
    });
  },
);

describe.each(liveMessages.map((contract) => [subjectFilterOf(contract), contract] as const))(
  '%s',
  (_subject, contract) => {
    it('a live message has five tokens, a call or thread as key, and an example that its schema reads', () => {
      expect(subjectOf(contract, String(contract.example[contract.keyField]))).toMatch(LIVE_SUBJECT);
      expect(contract.schema.parse(contract.example)).toStrictEqual(contract.example);
    });
  },
);

describe.each(liveRequests.map((request) => [subjectFilterOf(request), request] as const))(
  '%s',
  (_subject, request) => {
    it('a live request has five tokens, a call as key, and examples that its schemas read', () => {
      expect(subjectOf(request, String(request.exampleInput[request.keyField]))).toMatch(LIVE_SUBJECT);
      expect(request.input.parse(request.exampleInput)).toStrictEqual(request.exampleInput);
      expect(request.chunk.parse(request.exampleChunk)).toStrictEqual(request.exampleChunk);
      expect(request.end.parse(request.exampleEnd)).toStrictEqual(request.exampleEnd);
    });

    it('a live request is answered by a service that exists', () => {
      expect(SERVICES).toContain(request.answeredBy);
    });
  },
);

const LIVE_SUBJECT = /^live\.[a-z]+\.[a-z]+(-[a-z]+)*\.v[1-9]\d*\.(call|thr)_[0-9a-z]{26}$/;

describe('a voice turn', () => {
  const turn = VoiceTurn.exampleInput;
  const entry = turn.ledger[0]!;

  it('a voice turn may contain at most 20 ledger entries and 16 KB of them', () => {
    const of = (ledger: unknown) => VoiceTurn.input.safeParse({ ...turn, ledger }).success;
    expect(of(Array.from({ length: 20 }, () => entry))).toBe(true);
    expect(of(Array.from({ length: 21 }, () => entry))).toBe(false);
    expect(of([{ ...entry, said: 'é'.repeat(8_000) }])).toBe(false);
  });

  it('a voice turn contains the same ledger entry as the durable fact', () => {
    const { callId, direction, contactNumber, lineNumber, attestation, agentId, startedAt, ...record } =
      SpokenTurnCompleted.example;
    expect({ callId, direction, contactNumber, lineNumber, attestation, agentId, startedAt }).toEqual(
      turn.call,
    );
    expect(record).toEqual(entry);
  });
});

describe('an open enum', () => {
  it('an open enum reads a value of a newer release as unknown', () => {
    const status = catalogue.find((contract) => contract.name === 'sms.status-changed')!;
    expect(status.schema.parse({ ...status.example, status: 'teleported' })).toMatchObject({
      status: 'unknown',
    });
  });
});
