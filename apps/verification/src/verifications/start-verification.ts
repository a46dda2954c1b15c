import { Injectable } from '@nestjs/common';
import type { Transaction } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { AnswerOnce } from './answer-once.js';
import type { RequestAnswer } from './answered-requests.js';
import { EndVerification } from './end-verification.js';
import { IssueCode } from './issue-code.js';
import { PermitCode } from './permit-code.js';
import { PublishChange } from './publish-change.js';
import type { Verification } from './verification.js';
import { type NewVerification, VerificationStore } from './verification-store.js';

export interface StartRequest extends Omit<NewVerification, 'id'> {
  readonly requestId: string;
  /** The network of the person's device, or the API key. */
  readonly client: string | undefined;
}

type Answer = RequestAnswer<'started' | 'limited' | 'refused'>;

/**
 * Starts a verification with its first code, or sends another code of the pending one. The answer depends on the limits and
 * on the number's country and kind, never on whether the number is known.
 */
@Injectable()
export class StartVerification {
  constructor(
    private readonly answerOnce: AnswerOnce,
    private readonly store: VerificationStore,
    private readonly permitCode: PermitCode,
    private readonly issueCode: IssueCode,
    private readonly endVerification: EndVerification,
    private readonly publishChange: PublishChange,
  ) {}

  async execute(request: StartRequest): Promise<Answer> {
    if (!this.permitCode.isAllowed(request.number)) return { outcome: 'refused', verificationId: undefined };
    return this.answerOnce.execute(request.requestId, (tx, nowMs) => this.#start(tx, request, nowMs));
  }

  async #start(tx: Transaction, request: StartRequest, nowMs: number): Promise<Answer> {
    const ladder = await this.permitCode.lockLadder(tx, request);
    const pending = await this.#pending(tx, request, nowMs);
    const wanted = { ...request, channel: 'sms', verification: pending } as const;
    const decision = await this.permitCode.execute(tx, wanted, ladder, nowMs);
    if (decision.kind === 'send') {
      const { id } = pending
        ? await this.issueCode.another(tx, pending, 'sms', nowMs)
        : await this.#begin(tx, request, nowMs);
      return { outcome: 'started', verificationId: id };
    }
    const verificationId = pending?.id;
    if (decision.kind === 'refuse') return { outcome: 'refused', verificationId };
    if (decision.reason === 'too-early' && pending) return { outcome: 'started', verificationId };
    return { outcome: 'limited', verificationId, retryAtMs: decision.untilMs };
  }

  async #begin(tx: Transaction, request: StartRequest, nowMs: number): Promise<Verification> {
    const verification = await this.issueCode.first(tx, { ...request, id: newId('ver') }, nowMs);
    await this.publishChange.execute(tx, verification, 'started');
    return verification;
  }

  /** A verification whose codes have expired ends here if no sweep has ended it. */
  async #pending(tx: Transaction, request: StartRequest, nowMs: number): Promise<Verification | undefined> {
    const pending = await this.store.lockPending(tx, request);
    if (!pending || pending.expiresAtMs > nowMs) return pending;
    await this.endVerification.execute(tx, pending.id, 'expired');
    return undefined;
  }
}
