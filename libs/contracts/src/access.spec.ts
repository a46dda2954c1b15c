import { describe, expect, it } from 'vitest';
import { accessOf } from './access.js';
import { catalogue, liveMessages, liveRequests, requests } from './catalogue.js';
import { SERVICES } from './services.js';
import { rpcSubjectOf, subjectFilterOf } from './subjects.js';

const all = SERVICES.map(accessOf);

describe('the NATS access of the services', () => {
  it.each(catalogue.map((contract) => [subjectFilterOf(contract), contract.consumers] as const))(
    'one service may publish to the subject %s, and only the consumers of the catalogue may consume it',
    (filter, consumers) => {
      expect(all.filter(({ publishes }) => publishes.includes(filter))).toHaveLength(1);
      expect(all.filter(({ consumes }) => consumes.some((consumer) => consumer.filter === filter))).toEqual(
        SERVICES.filter((service) => consumers.includes(service)).map(accessOf),
      );
    },
  );

  it.each([
    ...requests.map(rpcSubjectOf),
    ...liveMessages.map((live) => subjectFilterOf(live)),
    ...liveRequests.map((live) => subjectFilterOf(live)),
  ])('a service may publish to the subject %s, and exactly one service may subscribe to it', (subject) => {
    expect(all.some(({ publishes }) => publishes.includes(subject))).toBe(true);
    expect(all.filter(({ subscribes }) => subscribes.includes(subject))).toHaveLength(1);
  });

  it('a service may subscribe to the events that it watches, and to no others', () => {
    for (const service of SERVICES) {
      const watched = catalogue.filter(({ watchedBy }) => watchedBy.includes(service)).map(subjectFilterOf);
      expect(accessOf(service).subscribes.filter((subject) => subject.startsWith('evt.'))).toEqual(watched);
    }
  });

  it('no service but the orchestrator publishes public events', () => {
    const publishers = SERVICES.filter((service) =>
      accessOf(service).publishes.some((subject) => subject.startsWith('evt.')),
    );
    expect(publishers).toEqual(['agent-orchestrator']);
  });
});
