import type { NatsConnection } from '@nats-io/transport-node';
import { RpcFailure } from './rpc-errors.js';

/** The limit that is assumed if the server reports none: nats-server's default. */
const DEFAULT_MAX_PAYLOAD_BYTES = 1_048_576;

/**
 * Encodes a value as JSON for one NATS message.
 * @throws RpcFailure `too-large` when the server would refuse the message
 */
export function encodeWithin(connection: NatsConnection, value: unknown, what: string): string {
  const text = JSON.stringify(value);
  const maxBytes = connection.info?.max_payload ?? DEFAULT_MAX_PAYLOAD_BYTES;
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxBytes) return text;
  throw new RpcFailure(
    'too-large',
    `${what} takes ${bytes} bytes, but a message may take at most ${maxBytes}`,
  );
}
