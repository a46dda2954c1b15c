import { Injectable } from '@nestjs/common';
import { NatsLink } from '@parley/messaging';

/** Wakes the sending loops of the other replicas. */
const SEND_DUE = 'live.sms-gateway.send-due.v1.all';

/** Wakes the loop that claims due sends: this process's and, when that is at its limit, the other replicas'. */
@Injectable()
export class SendingWakeUp {
  #onDue: () => void = () => undefined;

  constructor(private readonly link: NatsLink) {}

  /** Call it after the commit that queued a text or made one due. */
  announce(): void {
    this.#onDue();
  }

  /** Asks the other replicas for help. */
  askReplicas(): void {
    this.link.ping(SEND_DUE);
  }

  /** Calls `onDue` for this process's own sends and `onPing` for another replica's. Returns a function that ends that. */
  listen(onDue: () => void, onPing: () => void): () => void {
    this.#onDue = onDue;
    return this.link.onPing(SEND_DUE, onPing);
  }
}
