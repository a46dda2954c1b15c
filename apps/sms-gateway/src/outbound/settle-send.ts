import { Injectable, Logger } from '@nestjs/common';
import { assertNever } from '@parley/kernel';
import { Transactions } from '@parley/persistence';
import { retryWithin } from '@parley/resilience';
import { meaningOfSendError, type SendOutcome, type SendPermission } from '@parley/sms-policy';
import { EndSend } from './end-send.js';
import { GiveUpSend } from './give-up-send.js';
import type { ClaimedSend, LockedSend } from './send.js';
import { type Rejection, SendStore } from './send-store.js';

/** Longer than this without Postgres, and the sweep has the last word: UNKNOWN, until a delivery report tells. */
const SETTLE_WITHIN_MS = 60_000;

type Outcome = SendOutcome | Extract<SendPermission, { kind: 'reject' }>;

/** Writes down what came of an attempt to send, and tells the conversation when the text will not go out. */
@Injectable()
export class SettleSend {
  readonly #logger = new Logger(SettleSend.name);

  constructor(
    private readonly transactions: Transactions,
    private readonly sends: SendStore,
    private readonly endSend: EndSend,
    private readonly giveUpSend: GiveUpSend,
  ) {}

  /** Keeps trying while Postgres is away: what the vendor said once it does not say again. */
  async execute(send: ClaimedSend, outcome: Outcome): Promise<void> {
    await retryWithin(SETTLE_WITHIN_MS, () => this.#settle(send, outcome));
  }

  async #settle(send: ClaimedSend, outcome: Outcome): Promise<void> {
    switch (outcome.kind) {
      case 'accepted':
        return this.sends.accept(send, outcome.providerSid, outcome.providerStatus);
      case 'retry':
        if (outcome.errorCode !== undefined) this.#explain(send, outcome.errorCode, 'has to wait');
        return this.sends.postpone(send, outcome.delayMs);
      case 'unknown':
        return this.giveUpSend.execute(send, outcome.detail);
      case 'rejected':
        this.#explain(send, outcome.errorCode, 'was refused');
        return this.#reject(send, { errorCode: outcome.errorCode });
      case 'reject':
        return this.#reject(send, { reason: outcome.reason });
      default:
        return assertNever(outcome);
    }
  }

  async #reject(send: ClaimedSend, rejection: Rejection): Promise<void> {
    const { errorCode, reason } = rejection;
    await this.transactions.run(async (tx) => {
      const parts = await this.sends.lockMessage(tx, send.id);
      const open = openPart(parts, send);
      if (!open) return;
      await this.sends.reject(tx, send.id, rejection);
      await this.endSend.execute(tx, parts, open, { delivery: { status: 'failed', errorCode }, reason });
    });
  }

  #explain(send: ClaimedSend, errorCode: string, fate: 'was refused' | 'has to wait'): void {
    const meaning = meaningOfSendError(errorCode);
    const fields = { sendId: send.id, errorCode };
    const message = `a text ${fate}: ${meaning?.explanation ?? `error ${errorCode}`}`;
    if (meaning?.cause === 'account') this.#logger.error(fields, message);
    else this.#logger.warn(fields, message);
  }
}

/** The part that this attempt may still settle. A report may have said more by now, or a search have ended. */
function openPart(parts: readonly LockedSend[], { id, attempt }: ClaimedSend): LockedSend | undefined {
  return parts.find(
    (part) =>
      part.id === id &&
      part.attempt === attempt &&
      (part.status === 'SENDING' || (part.status === 'UNKNOWN' && part.verdict === undefined)),
  );
}
