import { Injectable } from '@nestjs/common';
import { NatsLink } from '@parley/messaging';

/** The ping that wakes the sending loops of the other replicas. */
const SEND_DUE = 'live.sms-gateway.send-due.v1.all';

/** Wakes the loop that claims due sends: in this process and, if that is at its limit, in the other replicas. */
@Injectable()
export class SendingWakeUp {
  #onDue: () => void = () => undefined;

  constructor(private readonly link: NatsLink) {}

  /** Call it after the commit that queued a text or made one due. */
  wake(): void {
    this.#onDue();
  }

  /** Wakes the loops of the other replicas. */
  wakeReplicas(): void {
    this.link.ping(SEND_DUE);
  }

  /**
   * Calls `onDue` for this process's own sends and `onPing` for another replica's. Returns a function that stops the
   * listening.
   */
  listen(onDue: () => void, onPing: () => void): () => void {
    this.#onDue = onDue;
    return this.link.onPing(SEND_DUE, onPing);
  }
}
