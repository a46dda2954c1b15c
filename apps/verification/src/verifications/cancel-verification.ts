import { Injectable } from '@nestjs/common';
import type { VerificationId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import { AnswerOnce } from './answer-once.js';
import type { RequestAnswer } from './answered-requests.js';
import { EndVerification } from './end-verification.js';
import type { Subject } from './verification.js';
import { VerificationStore } from './verification-store.js';

export interface CancelRequest {
  readonly requestId: string;
  readonly id: VerificationId;
  readonly subject: Subject;
}

type Answer = RequestAnswer<'cancelled' | 'over' | 'not-found'>;

/** Ends a pending verification when its subject asks for it. */
@Injectable()
export class CancelVerification {
  constructor(
    private readonly answerOnce: AnswerOnce,
    private readonly store: VerificationStore,
    private readonly endVerification: EndVerification,
  ) {}

  async execute(request: CancelRequest): Promise<Answer> {
    return this.answerOnce.execute(request.requestId, (tx, nowMs) => this.#cancel(tx, request, nowMs));
  }

  async #cancel(tx: Transaction, { id, subject }: CancelRequest, nowMs: number): Promise<Answer> {
    const verification = await this.store.lock(tx, id, subject);
    if (!verification) return { outcome: 'not-found', verificationId: undefined };
    const isPending = verification.status === 'pending' && verification.expiresAtMs > nowMs;
    if (!isPending) return { outcome: 'over', verificationId: id };
    await this.endVerification.execute(tx, id, 'cancelled');
    return { outcome: 'cancelled', verificationId: id };
  }
}
