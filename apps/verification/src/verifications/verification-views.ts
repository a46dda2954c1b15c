import { Inject, Injectable } from '@nestjs/common';
import type { VerificationView } from '@parley/contracts';
import type { VerificationId } from '@parley/kernel';
import type { VerificationPolicy } from '@parley/verification-policy';
import { LimitStore } from '../limits/limit-store.js';
import { VERIFICATION_POLICY } from '../verification.env.js';
import type { RequestAnswer } from './answered-requests.js';
import { viewOf } from './verification.js';
import { VerificationStore } from './verification-store.js';

/** An answer as another service receives it. */
export interface ViewedAnswer<Outcome extends string> {
  readonly outcome: Outcome;
  readonly verification?: VerificationView;
  readonly retryAfterMs?: number;
}

/** Reads verifications as other services see them. */
@Injectable()
export class VerificationViews {
  constructor(
    private readonly store: VerificationStore,
    private readonly limits: LimitStore,
    @Inject(VERIFICATION_POLICY) private readonly policy: VerificationPolicy,
  ) {}

  async find(id: VerificationId): Promise<VerificationView | undefined> {
    const verification = await this.store.find(id);
    if (!verification) return undefined;
    const ladder = await this.limits.ladderOf(verification.number, verification.subject);
    return viewOf(verification, ladder, Date.now(), this.policy);
  }

  /** Adds the verification, as it is now, to an answer. */
  async answer<Outcome extends string>({
    outcome,
    verificationId,
    retryAtMs,
  }: RequestAnswer<Outcome>): Promise<ViewedAnswer<Outcome>> {
    const verification = verificationId && (await this.find(verificationId));
    return {
      outcome,
      ...(verification && { verification }),
      ...(retryAtMs !== undefined && { retryAfterMs: Math.max(0, Math.ceil(retryAtMs - Date.now())) }),
    };
  }
}
