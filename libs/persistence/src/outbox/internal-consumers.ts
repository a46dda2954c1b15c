import { catalogue, durableOf, type ServiceName, typeOf } from '@parley/contracts';

/** A durable consumer of one of our own services. */
export interface InternalConsumer {
  readonly service: ServiceName;
  readonly durable: string;
}

const consumersByType = new Map(
  catalogue.map((contract) => [
    typeOf(contract),
    contract.consumers.map((service) => ({ service, durable: durableOf(contract, service) })),
  ]),
);

/** Returns the internal consumers of a message; undefined if this release does not know the message. */
export function internalConsumersOf(subject: string): readonly InternalConsumer[] | undefined {
  return consumersByType.get(subject.slice(0, subject.lastIndexOf('.')));
}
