import { Inject, Injectable } from '@nestjs/common';
import type { Transaction } from '@parley/persistence';
import {
  type CheckOutcome,
  outcomeOfCheck,
  type VerificationPolicy,
  windowMs,
  windowStartMs,
} from '@parley/verification-policy';
import { VERIFICATION_POLICY } from '../verification.env.js';
import { AnswerOnce } from './answer-once.js';
import type { RequestAnswer } from './answered-requests.js';
import { EndVerification } from './end-verification.js';
import { type TypedCode, VerificationStore } from './verification-store.js';

export interface CheckRequest extends TypedCode {
  readonly requestId: string;
}

type Answer = RequestAnswer<CheckOutcome>;

/** Checks a code. The answer leaves only after the count is committed. */
@Injectable()
export class CheckCode {
  constructor(
    private readonly answerOnce: AnswerOnce,
    private readonly store: VerificationStore,
    private readonly endVerification: EndVerification,
    @Inject(VERIFICATION_POLICY) private readonly policy: VerificationPolicy,
  ) {}

  async execute(request: CheckRequest): Promise<Answer> {
    return this.answerOnce.execute(request.requestId, (tx, nowMs) => this.#check(tx, request, nowMs));
  }

  async #check(tx: Transaction, typed: TypedCode, nowMs: number): Promise<Answer> {
    const { record, verification } = await this.store.check(tx, typed, this.policy);
    const outcome = outcomeOfCheck(record);
    if (verification && record.isCounted) await this.endVerification.record(tx, verification);
    const retryAtMs = outcome === 'limited' ? windowStartMs('day', nowMs) + windowMs.day : undefined;
    return { outcome, verificationId: verification?.id, retryAtMs };
  }
}
