import type { ClosingReason, ServerFrame } from '../frames/server-frames.js';

/** The way to one client: a WebSocket or a stream of server-sent events. */
export abstract class ChatOutput {
  /**
   * Sends frames that the client must get, in order. Resolves when the connection has taken them, so that the next ones
   * can be read; closes the connection of a client that does not take them in time.
   */
  abstract send(frames: readonly ServerFrame[]): Promise<void>;
  /** Sends a frame that is worthless when late: a client that lags behind does not get it. */
  abstract sendLive(frame: ServerFrame): void;
  /** Shows the client that the connection works; closes a connection whose client does not answer. */
  abstract keepAlive(): void;
  /** Sends the client the reason, and closes the connection. */
  abstract close(reason: ClosingReason): void;
}
