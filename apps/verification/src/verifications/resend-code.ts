import { Injectable } from '@nestjs/common';
import type { VerificationId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { CodeChannel } from '@parley/verification-policy';
import { AnswerOnce } from './answer-once.js';
import type { RequestAnswer } from './answered-requests.js';
import { IssueCode } from './issue-code.js';
import { PermitCode } from './permit-code.js';
import { isSameSubject, type Subject, type Verification } from './verification.js';
import { VerificationStore } from './verification-store.js';

export interface ResendRequest {
  readonly requestId: string;
  readonly id: VerificationId;
  readonly subject: Subject;
  readonly channel: CodeChannel;
  readonly client: string | undefined;
}

type Answer = RequestAnswer<'sent' | 'too-early' | 'over' | 'limited' | 'refused' | 'not-found'>;

/** Sends a new code of a pending verification. Its two newest codes count. */
@Injectable()
export class ResendCode {
  constructor(
    private readonly answerOnce: AnswerOnce,
    private readonly store: VerificationStore,
    private readonly permitCode: PermitCode,
    private readonly issueCode: IssueCode,
  ) {}

  async execute(request: ResendRequest): Promise<Answer> {
    const known = await this.store.find(request.id);
    if (!known || !isSameSubject(known.subject, request.subject))
      return { outcome: 'not-found', verificationId: undefined };
    return this.answerOnce.execute(request.requestId, (tx, nowMs) => this.#resend(tx, request, known, nowMs));
  }

  async #resend(
    tx: Transaction,
    { id, subject, channel, client }: ResendRequest,
    { number }: Verification,
    nowMs: number,
  ): Promise<Answer> {
    const ladder = await this.permitCode.lockLadder(tx, { number, subject });
    const verification = await this.store.lock(tx, id, subject);
    if (verification?.status !== 'pending' || verification.expiresAtMs <= nowMs)
      return { outcome: 'over', verificationId: id };
    const wanted = { ...verification, channel, client, verification };
    const decision = await this.permitCode.execute(tx, wanted, ladder, nowMs);
    if (decision.kind === 'refuse') return { outcome: 'refused', verificationId: id };
    if (decision.kind === 'wait') {
      const outcome = decision.reason === 'too-early' ? 'too-early' : 'limited';
      return { outcome, verificationId: id, retryAtMs: decision.untilMs };
    }
    await this.issueCode.another(tx, verification, channel, nowMs);
    return { outcome: 'sent', verificationId: id };
  }
}
