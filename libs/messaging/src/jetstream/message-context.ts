import type { Envelope } from '../codec/envelope.js';

/** The metadata of a message that its handler receives. */
export class MessageContext {
  constructor(
    readonly envelope: Envelope,
    /** The durable consumer's name, also its name in the inbox. */
    readonly consumer: string,
    private readonly actWithinMs: number | undefined,
  ) {}

  /** Whether `actWithinMs` of the contract has passed at `now`. The handler then only records the message. */
  isStale(now: Date): boolean {
    return (
      this.actWithinMs !== undefined && now.getTime() - Date.parse(this.envelope.time) > this.actWithinMs
    );
  }
}
