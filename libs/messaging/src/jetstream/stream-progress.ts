import { JetStreamApiCodes, jetstreamManager } from '@nats-io/jetstream';
import { streams, type DurableKind } from '@parley/contracts';
import { RetryableError } from '@parley/resilience';
import type { NatsLink } from '../link/nats-link.js';
import { isApiError } from './topology.js';

/** The state of a stream. */
export interface StreamState {
  /** The creation time, which differs from that of an earlier stream of the same name. */
  readonly created: string;
  /** The first sequence that is still stored. */
  readonly firstSequence: number;
  /** The highest sequence that is still stored. A server that lost power may have lost its last messages. */
  readonly lastSequence: number;
}

const { ConsumerNotFound, StreamNotFound } = JetStreamApiCodes;
const API_TIMEOUT_MS = 5_000;

/** Reads the progress of a stream and its consumers. Methods throw RetryableError while the server does not answer. */
export class StreamProgress {
  constructor(private readonly link: NatsLink) {}

  /** Returns undefined if the stream does not exist. */
  async stateOf(kind: DurableKind): Promise<StreamState | undefined> {
    const { streams: api } = await this.#manager();
    try {
      const { created, state } = await api.info(streams[kind].name);
      return { created, firstSequence: state.first_seq, lastSequence: state.last_seq };
    } catch (error) {
      if (isApiError(error, StreamNotFound)) return undefined;
      throw unanswered(error);
    }
  }

  /**
   * Returns the sequence up to which a consumer has acknowledged all messages; undefined if the consumer does
   * not exist.
   */
  async ackFloorOf(kind: DurableKind, durable: string): Promise<number | undefined> {
    const { consumers } = await this.#manager();
    try {
      return (await consumers.info(streams[kind].name, durable)).ack_floor.stream_seq;
    } catch (error) {
      if (isApiError(error, ConsumerNotFound, StreamNotFound)) return undefined;
      throw unanswered(error);
    }
  }

  #manager() {
    const connection = this.link.connection();
    if (!connection)
      throw new RetryableError('The progress of a stream cannot be read while NATS is unavailable');
    return jetstreamManager(connection, { checkAPI: false, timeout: API_TIMEOUT_MS });
  }
}

function unanswered(cause: unknown): RetryableError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RetryableError(`JetStream did not report the progress of a stream: ${reason}`, { cause });
}
