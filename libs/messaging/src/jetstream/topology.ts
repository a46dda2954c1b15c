import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiError,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import {
  durableOf,
  streams,
  subjectFilterOf,
  type Contract,
  type ServiceName,
  type StreamDefinition,
} from '@parley/contracts';

/**
 * How long a delivered message may stay unacknowledged, in milliseconds; then another process gets it. A frozen process delays
 * its messages by this time.
 */
export const ACK_WAIT_MS = 5_000;
/** How many messages of one consumer may be unacknowledged over all processes of a service. */
const MAX_ACK_PENDING = 256;

const STREAM_EXISTS_OTHERWISE = 10058;
const CONSUMER_EXISTS_OTHERWISE = 10148;
const API_TIMEOUT_MS = 5_000;

/**
 * Declares the streams and durable consumers of the catalogue: creates the missing ones and updates those that differ.
 * It may run repeatedly.
 */
export class Topology {
  readonly #replicas: number;

  /** @param replicas how many servers store each stream (`NATS_REPLICAS`) */
  constructor(replicas: number) {
    this.#replicas = replicas;
  }

  /** Ensures the stream. Returns its creation time, which differs from that of an earlier stream of the same name. */
  async ensureStream(connection: NatsConnection, definition: StreamDefinition): Promise<string> {
    const manager = await managerOf(connection);
    const config = this.#streamConfig(definition);
    try {
      return (await manager.streams.add(config)).created;
    } catch (error) {
      if (!isApiError(error, STREAM_EXISTS_OTHERWISE)) throw error;
      return (await manager.streams.update(definition.name, config)).created;
    }
  }

  /** Ensures the contract's stream, then the consumer. Returns the stream's creation time. */
  async ensureConsumer(
    connection: NatsConnection,
    contract: Contract,
    service: ServiceName,
  ): Promise<string> {
    const stream = streams[contract.kind];
    const created = await this.ensureStream(connection, stream);
    const manager = await managerOf(connection);
    const durable = durableOf(contract, service);
    const changeable = {
      filter_subject: subjectFilterOf(contract),
      ack_wait: nanos(ACK_WAIT_MS),
      max_ack_pending: MAX_ACK_PENDING,
      max_deliver: -1,
    };
    try {
      await manager.consumers.add(stream.name, {
        ...changeable,
        durable_name: durable,
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.All,
      });
    } catch (error) {
      if (!isApiError(error, CONSUMER_EXISTS_OTHERWISE)) throw error;
      await manager.consumers.update(stream.name, durable, changeable);
    }
    return created;
  }

  #streamConfig(definition: StreamDefinition) {
    return {
      name: definition.name,
      subjects: [...definition.subjects],
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      storage: StorageType.File,
      num_replicas: this.#replicas,
      max_age: nanos(definition.maxAgeMs),
      max_bytes: definition.maxBytes,
      max_msg_size: definition.maxMessageBytes,
      duplicate_window: nanos(definition.duplicateWindowMs),
    };
  }
}

/** Whether the server answered with this JetStream error code. */
export function isApiError(error: unknown, ...codes: number[]): error is JetStreamApiError {
  return error instanceof JetStreamApiError && codes.includes(error.code);
}

function managerOf(connection: NatsConnection): Promise<JetStreamManager> {
  return jetstreamManager(connection, { checkAPI: false, timeout: API_TIMEOUT_MS });
}
