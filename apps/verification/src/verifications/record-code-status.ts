import { Injectable } from '@nestjs/common';
import type { CodeStatusChanged } from '@parley/contracts';
import { Inbox, type Transaction, Transactions } from '@parley/persistence';
import { EndVerification } from './end-verification.js';
import { PublishChange } from './publish-change.js';
import { VerificationStore } from './verification-store.js';

/**
 * Records what became of an SMS with a code. A carrier that could not deliver it may deliver the next one; a number that was
 * refused is refused again, so the verification fails.
 */
@Injectable()
export class RecordCodeStatus {
  constructor(
    private readonly transactions: Transactions,
    private readonly inbox: Inbox,
    private readonly store: VerificationStore,
    private readonly endVerification: EndVerification,
    private readonly publishChange: PublishChange,
  ) {}

  async execute(change: CodeStatusChanged, eventId: string, consumer: string): Promise<void> {
    await this.transactions.run(async (tx) => {
      if (await this.inbox.once(tx, consumer, eventId)) await this.#record(tx, change);
    });
  }

  async #record(tx: Transaction, { verificationId, codeNo, status }: CodeStatusChanged): Promise<void> {
    switch (status) {
      case 'sent':
      case 'delivered':
      case 'read': {
        const verification = await this.store.markSent(tx, verificationId, codeNo);
        if (verification) await this.publishChange.execute(tx, verification, 'sent', { channel: 'sms' });
        return;
      }
      case 'failed': {
        const verification = await this.store.lock(tx, verificationId);
        if (verification?.codeNo === codeNo)
          await this.endVerification.execute(tx, verificationId, 'undeliverable');
        return;
      }
      case 'undelivered':
      case 'unconfirmed':
      case 'unknown':
    }
  }
}
