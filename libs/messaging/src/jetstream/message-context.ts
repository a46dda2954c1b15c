import type { Envelope } from '../codec/envelope.js';

/** What a handler knows of a message besides its data. */
export class MessageContext {
  constructor(
    readonly envelope: Envelope,
    /** The durable consumer's name, also its name in the inbox. */
    readonly consumer: string,
    private readonly actWithinMs: number | undefined,
  ) {}

  /** Whether the contract's time to act has passed at `now`: the handler then only records the message. */
  isStale(now: Date): boolean {
    return (
      this.actWithinMs !== undefined && now.getTime() - Date.parse(this.envelope.time) > this.actWithinMs
    );
  }
}
