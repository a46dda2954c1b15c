/** WebSocket's close code (RFC 6455) for a peer that violates the protocol. */
export const POLICY_VIOLATION = 1008;

/** Sends audio and controls to the caller on a call's media stream. */
export abstract class MediaOutput {
  /** Queues mulaw audio after the audio that is queued already. */
  abstract play(audio: Buffer): void;
  /** Queues a mark. Twilio returns the mark once all audio before it was played or cleared. */
  abstract mark(name: string): void;
  /** Calls `send`, and sends all that it plays and marks to the network as one piece. */
  abstract together(send: () => void): void;
  /** Empties Twilio's queue: the caller hears silence at once, and Twilio reports all pending marks. */
  abstract clear(): void;
  /** Closes the socket. If the call itself is not over, Twilio then runs the verb after `<Connect>`. */
  abstract hangUp(code: number, reason: string): void;
  /** False while too much of our audio is unsent. */
  abstract readonly isWritable: boolean;
}
