import { Injectable } from '@nestjs/common';
import { NatsLink } from '@parley/messaging';

/** Wakes the sending loops of the other replicas. */
const SEND_DUE = 'live.sms-gateway.send-due.v1.all';

/** Wakes the loop that claims due sends: of this process and, when that has its hands full, of the other replicas. */
@Injectable()
export class SendWakeUps {
  #onDue: () => void = () => undefined;

  constructor(private readonly link: NatsLink) {}

  /** A text was queued, or one may leave now, and that is committed. */
  announce(): void {
    this.#onDue();
  }

  /** Asks the other replicas for help. */
  askReplicas(): void {
    this.link.ping(SEND_DUE);
  }

  /** `onDue`: something of this process; `onPing`: another replica asks for help. Answers how to stop listening. */
  listen(onDue: () => void, onPing: () => void): () => void {
    this.#onDue = onDue;
    return this.link.onPing(SEND_DUE, onPing);
  }
}
