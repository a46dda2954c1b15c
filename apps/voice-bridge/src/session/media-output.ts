/** WebSocket's close code (RFC 6455) for a peer that broke the rules. */
export const POLICY_VIOLATION = 1008;

/** The way to the caller: what a call session can do on its media stream. */
export abstract class MediaOutput {
  /** Queues mulaw audio behind what is queued already. */
  abstract play(audio: Buffer): void;
  /** Comes back once everything queued before it has been played, or was cleared. */
  abstract mark(name: string): void;
  /** Whatever `send` plays and marks goes to the network as one piece. */
  abstract together(send: () => void): void;
  /** Empties the queue: silence at once. All pending marks come back. */
  abstract clear(): void;
  /** Closes the socket. If the call itself is not over, Twilio then runs the verb after `<Connect>`. */
  abstract hangUp(code: number, reason: string): void;
  /** False when the caller's network does not take what we send. */
  abstract readonly isWritable: boolean;
}
