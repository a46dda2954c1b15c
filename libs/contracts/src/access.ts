import { catalogue, liveMessages, liveRequests, requests } from './catalogue.js';
import type { DurableKind } from './define.js';
import { services, type ServiceName } from './services.js';
import { durableOf, rpcSubjectOf, subjectFilterOf } from './subjects.js';

/** A durable consumer. */
export interface ConsumerAccess {
  readonly kind: DurableKind;
  readonly durable: string;
  readonly filter: string;
}

/** The subjects, streams and consumers that the catalogue allows a service to use on NATS. */
export interface ServiceAccess {
  /** Subjects of durable and live messages that the service publishes, and of requests that it sends. */
  readonly publishes: readonly string[];
  /**
   * Subjects of live messages that the service receives, of requests that it answers, and of events that it
   * watches.
   */
  readonly subscribes: readonly string[];
  /** The streams to which the service publishes or from which it consumes. */
  readonly streams: readonly DurableKind[];
  readonly consumes: readonly ConsumerAccess[];
  /** The consumers of the service's messages. Settlement reads their progress. */
  readonly settlesWith: readonly ConsumerAccess[];
}

/** Derives a service's NATS permissions from the catalogue. */
export function accessOf(service: ServiceName): ServiceAccess {
  const published = catalogue.filter(({ publishedBy }) => publishedBy === service);
  const consumed = catalogue.filter(({ consumers }) => consumers.includes(service));
  /** The pings with which replicas of a service wake each other. */
  const pings = `live.${service}.*.v1.all`;
  return {
    publishes: [
      ...published.map(subjectFilterOf),
      ...requests.filter(({ askedBy }) => askedBy.includes(service)).map(rpcSubjectOf),
      ...liveMessages.filter(({ publishedBy }) => publishedBy === service).map(subjectFilterOf),
      ...liveRequests.filter(({ askedBy }) => askedBy.includes(service)).map(subjectFilterOf),
      pings,
    ],
    subscribes: [
      ...requests.filter((request) => isOf(service, request.service)).map(rpcSubjectOf),
      ...liveMessages.filter(({ consumer }) => consumer === service).map(subjectFilterOf),
      ...liveRequests.filter(({ answeredBy }) => answeredBy === service).map(subjectFilterOf),
      ...catalogue.filter(({ watchedBy }) => watchedBy.includes(service)).map(subjectFilterOf),
      pings,
    ],
    streams: [...new Set([...published, ...consumed].map(({ kind }) => kind))],
    consumes: consumed.map((contract) => ({
      kind: contract.kind,
      durable: durableOf(contract, service),
      filter: subjectFilterOf(contract),
    })),
    settlesWith: published.flatMap((contract) =>
      contract.consumers.map((consumer) => ({
        kind: contract.kind,
        durable: durableOf(contract, consumer),
        filter: subjectFilterOf(contract),
      })),
    ),
  };
}

/** Returns whether a request's second token, a schema or a service's name, means this service. */
function isOf(service: ServiceName, token: string): boolean {
  return token === service || token === services[service].schema;
}
