import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import { InvalidArgumentError, PermissionViolationError, type NatsConnection } from '@nats-io/transport-node';
import { streams, type DurableKind, type StreamDefinition } from '@parley/contracts';
import { RetryableError } from '@parley/resilience';
import type { MessageHeaders } from '../codec/envelope.js';
import { PublishRefusedError } from '../errors.js';
import type { NatsLink } from '../link/nats-link.js';
import { isApiError, type Topology } from './topology.js';
import { wireHeaders } from './wire-headers.js';

/** A message to publish. */
export interface PublishableMessage {
  readonly subject: string;
  readonly headers: MessageHeaders;
  readonly payload: Uint8Array;
  /** The `Nats-Msg-Id`. Within its duplicate window, the stream stores an id only once. */
  readonly messageId: string;
}

/** The position of a published message. */
export interface PublishReceipt {
  readonly stream: string;
  readonly sequence: number;
  /** The stream's creation time, which differs from that of a later stream of the same name. */
  readonly streamCreated: string;
  /** Whether the stream already had this message id. `sequence` is then that of the earlier message. */
  readonly duplicate: boolean;
}

/** How long the publisher waits for a PubAck, in milliseconds. */
const PUBLISH_TIMEOUT_MS = 3_000;
const MESSAGE_TOO_BIG = 10054;
const HEADERS_TOO_BIG = 10097;

interface CachedStream {
  readonly created: Promise<string>;
  lastSequence: number;
}

/** Publishes durable messages, and declares their stream if it is missing. */
export class JetStreamPublisher {
  readonly #link: NatsLink;
  readonly #topology: Topology;
  readonly #streams = new Map<string, CachedStream>();
  #client: JetStreamClient | undefined;
  #epoch = -1;

  constructor(link: NatsLink, topology: Topology) {
    this.#link = link;
    this.#topology = topology;
  }

  /**
   * Resolves once the stream has stored the message.
   * @throws RetryableError when the server or the stream is unavailable, does not answer, or cannot take the message
   * now
   * @throws PublishRefusedError when the server would refuse the message every time
   */
  async publish(message: PublishableMessage): Promise<PublishReceipt> {
    const definition = streamOf(message.subject);
    const connection = this.#link.connection();
    if (!connection) throw new RetryableError('The message cannot be published while NATS is unavailable');
    this.#forgetOnReconnect(connection);
    const known = this.#known(connection, definition);
    try {
      const streamCreated = await known.created;
      const ack = await this.#client!.publish(message.subject, message.payload, {
        timeout: PUBLISH_TIMEOUT_MS,
        headers: wireHeaders(message.headers, message.messageId),
      });
      if (!ack.duplicate && !this.#isNext(definition, known, ack.seq)) {
        return { ...receiptOf(ack), streamCreated: await this.#known(connection, definition).created };
      }
      return { ...receiptOf(ack), streamCreated };
    } catch (error) {
      this.#forget(definition, known);
      throw classified(error, message.subject);
    }
  }

  #forgetOnReconnect(connection: NatsConnection): void {
    if (this.#epoch === this.#link.epoch) return;
    this.#epoch = this.#link.epoch;
    this.#client = jetstream(connection);
    this.#streams.clear();
  }

  #known(connection: NatsConnection, definition: StreamDefinition): CachedStream {
    const known = this.#streams.get(definition.name);
    if (known) return known;
    const read: CachedStream = {
      created: this.#topology.ensureStream(connection, definition),
      lastSequence: 0,
    };
    this.#streams.set(definition.name, read);
    return read;
  }

  /**
   * Returns false for a sequence that does not rise: another process has created the stream again.
   */
  #isNext(definition: StreamDefinition, known: CachedStream, sequence: number): boolean {
    if (sequence > known.lastSequence) {
      known.lastSequence = sequence;
      return true;
    }
    this.#forget(definition, known);
    return false;
  }

  #forget(definition: StreamDefinition, known: CachedStream): void {
    if (this.#streams.get(definition.name) === known) this.#streams.delete(definition.name);
  }
}

function receiptOf(ack: { stream: string; seq: number; duplicate: boolean }) {
  return { stream: ack.stream, sequence: ack.seq, duplicate: ack.duplicate };
}

function streamOf(subject: string): StreamDefinition {
  const definition = streams[subject.slice(0, subject.indexOf('.')) as DurableKind];
  if (!definition) throw new PublishRefusedError(`No stream stores messages of the subject "${subject}"`);
  return definition;
}

/**
 * Returns the error to throw: certain refusals are final, all other errors retryable, also "JetStream not enabled", which the
 * client reports for a missing stream.
 */
function classified(cause: unknown, subject: string): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const refused =
    isApiError(cause, MESSAGE_TOO_BIG, HEADERS_TOO_BIG) ||
    cause instanceof PermissionViolationError ||
    cause instanceof InvalidArgumentError;
  return refused
    ? new PublishRefusedError(`The server refuses the message "${subject}": ${reason}`, { cause })
    : new RetryableError(`The message "${subject}" cannot be published now: ${reason}`, { cause });
}
