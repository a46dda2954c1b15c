import { Injectable, Logger } from '@nestjs/common';
import { Transactions } from '@parley/persistence';
import { EndSend } from './end-send.js';
import { SendStore, type SendAttempt } from './send-store.js';
import { deliveryOf } from './tell-progress.js';

/** Notes that nobody knows what came of an attempt to send, and tells the conversation. */
@Injectable()
export class GiveUpSend {
  readonly #logger = new Logger(GiveUpSend.name);

  constructor(
    private readonly transactions: Transactions,
    private readonly sends: SendStore,
    private readonly endSend: EndSend,
  ) {}

  /** Does nothing where the attempt has been settled, or even another one begun, until we held it. */
  async execute({ id, attempt }: SendAttempt, detail: string): Promise<void> {
    const isGivenUp = await this.transactions.run(async (tx) => {
      const parts = await this.sends.lockMessage(tx, id);
      const send = parts.find((part) => part.id === id);
      if (send?.status !== 'SENDING' || send.attempt !== attempt) return false;
      await this.sends.markUnknown(tx, id, detail);
      const delivery = deliveryOf({ ...send, status: 'UNKNOWN' });
      await this.endSend.execute(tx, parts, send, { delivery, reason: 'outcome-unknown' });
      return true;
    });
    if (isGivenUp) this.#logger.warn({ sendId: id, detail }, 'nobody knows whether a text went out');
  }
}
