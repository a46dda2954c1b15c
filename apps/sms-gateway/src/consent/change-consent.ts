import { Injectable } from '@nestjs/common';
import { ConsentChanged } from '@parley/contracts';
import type { SendId, ThreadId } from '@parley/kernel';
import { Outbox, type Transaction } from '@parley/persistence';
import { ConsentStore, type LateConsentChange } from './consent-store.js';

/** Stores a change of consent and, if it changed anything, publishes it in the caller's transaction. */
@Injectable()
export class ChangeConsent {
  constructor(
    private readonly consents: ConsentStore,
    private readonly outbox: Outbox,
  ) {}

  /** Records that a person opted out or in, on any line. */
  async execute(
    tx: Transaction,
    threadId: ThreadId,
    change: 'opted-out' | 'opted-in',
    late?: LateConsentChange,
  ): Promise<void> {
    await this.#publish(
      tx,
      threadId,
      change,
      'keyword',
      await this.consents.change(tx, threadId, change, late),
    );
  }

  /** Records that the carrier refused a send because the person opted out of texts from its line. */
  async recordCarrierBlock(tx: Transaction, send: { id: SendId; threadId: ThreadId }): Promise<void> {
    const { id, threadId } = send;
    await this.#publish(tx, threadId, 'opted-out', 'carrier', await this.consents.block(tx, id));
  }

  async #publish(
    tx: Transaction,
    threadId: ThreadId,
    change: 'opted-out' | 'opted-in',
    via: 'keyword' | 'carrier',
    at: Date | undefined,
  ): Promise<void> {
    if (!at) return;
    await this.outbox.add(tx, {
      contract: ConsentChanged,
      data: { threadId, change, via, occurredAt: at.toISOString() },
    });
  }
}
