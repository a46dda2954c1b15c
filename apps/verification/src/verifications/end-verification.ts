import { Injectable } from '@nestjs/common';
import type { VerificationId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import { LimitStore } from '../limits/limit-store.js';
import { PublishChange } from './publish-change.js';
import type { Failure, Verification } from './verification.js';
import { VerificationStore } from './verification-store.js';

/** Ends verifications, counts their ends and publishes them. */
@Injectable()
export class EndVerification {
  constructor(
    private readonly store: VerificationStore,
    private readonly limits: LimitStore,
    private readonly publishChange: PublishChange,
  ) {}

  /** Ends a verification without a proof. Undefined if it is not pending. */
  async execute(
    tx: Transaction,
    id: VerificationId,
    failure: Failure | 'expired',
  ): Promise<Verification | undefined> {
    const ended = await this.store.end(tx, id, failure);
    if (ended) await this.record(tx, ended);
    return ended;
  }

  /** Counts and publishes an end that the store has made in the same transaction. */
  async record(tx: Transaction, verification: Verification): Promise<void> {
    const { status, number, failure } = verification;
    if (status === 'pending') return;
    await this.limits.countEnd(tx, number, status === 'approved');
    await this.publishChange.execute(tx, verification, status, failure && { failure });
  }
}
