import { Injectable } from '@nestjs/common';
import { DuePoll, type PolledLoop, Transactions } from '@parley/persistence';
import { LoopingService } from '@parley/resilience';
import { EndVerification } from './end-verification.js';
import { VerificationStore } from './verification-store.js';

const AT_A_TIME = 50;
/** How late an expiry may be published; checks read the time themselves. */
const GATHER_MS = 1_000;

/** Ends verifications whose codes have expired. */
@Injectable()
export class ExpireVerifications extends LoopingService {
  protected override readonly loop: PolledLoop;

  constructor(
    private readonly transactions: Transactions,
    private readonly store: VerificationStore,
    private readonly endVerification: EndVerification,
    poll: DuePoll,
  ) {
    super();
    this.loop = poll.loop({
      name: ExpireVerifications.name,
      dueAt: () => store.expiryDueAt(),
      gatherMs: GATHER_MS,
      step: () => this.#expire(),
    });
  }

  async #expire(): Promise<void> {
    const count = await this.transactions.run(async (tx) => {
      const expired = await this.store.endExpired(tx, AT_A_TIME);
      for (const verification of expired) await this.endVerification.record(tx, verification);
      return expired.length;
    });
    if (count === AT_A_TIME) this.loop.wake();
  }
}
