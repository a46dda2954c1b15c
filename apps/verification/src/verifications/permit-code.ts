import { Inject, Injectable } from '@nestjs/common';
import type { E164 } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import {
  type CodeChannel,
  type CodeDecision,
  decideCode,
  decideNumber,
  type Ladder,
  lineTypeOf,
  type VerificationPolicy,
} from '@parley/verification-policy';
import { type LimitedParties, LimitStore } from '../limits/limit-store.js';
import { VERIFICATION_POLICY } from '../verification.env.js';
import { PublishChange } from './publish-change.js';
import type { Verification } from './verification.js';

/** The code that somebody asks for. */
export interface WantedCode extends LimitedParties, Pick<Verification, 'purpose' | 'conversationId'> {
  readonly channel: CodeChannel;
  /** The pending verification, if there is one. */
  readonly verification: Verification | undefined;
}

/** Decides whether a code may be sent, and counts the codes that may. */
@Injectable()
export class PermitCode {
  constructor(
    private readonly limits: LimitStore,
    private readonly publishChange: PublishChange,
    @Inject(VERIFICATION_POLICY) private readonly policy: VerificationPolicy,
  ) {}

  /** Whether codes may be sent to this number at all. */
  isAllowed(number: E164): boolean {
    return decideNumber(number, lineTypeOf(number), this.policy).kind === 'allow';
  }

  /** Locks the ladder, which `execute` takes. Lock the verification after it. */
  async lockLadder(
    tx: Transaction,
    { number, subject }: Pick<LimitedParties, 'number' | 'subject'>,
  ): Promise<Ladder> {
    return this.limits.lockLadder(tx, number, subject);
  }

  async execute(tx: Transaction, wanted: WantedCode, ladder: Ladder, nowMs: number): Promise<CodeDecision> {
    const { number, subject, channel } = wanted;
    const [counts, conversions] = await Promise.all([
      this.limits.lockCounts(tx, wanted, nowMs),
      this.limits.conversionsOf(tx, number, nowMs),
    ]);
    const decision = decideCode({ channel, ladder, counts, conversions }, nowMs, this.policy);
    if (decision.kind === 'send') {
      await Promise.all([
        this.limits.countCode(tx, wanted, nowMs),
        this.limits.saveLadder(tx, number, subject, decision.ladder),
      ]);
    } else if (decision.kind === 'wait') await this.#announce(tx, wanted, decision, nowMs);
    return decision;
  }

  /** Publishes a reached limit once a day, so that an attack does not flood subscribers. */
  async #announce(
    tx: Transaction,
    wanted: WantedCode,
    decision: Extract<CodeDecision, { kind: 'wait' }>,
    nowMs: number,
  ): Promise<void> {
    if (decision.reason === 'too-early') return;
    const limit = decision.reason === 'limit' ? decision.limit : decision.reason;
    if (!(await this.limits.announceOnce(tx, limit, wanted, nowMs))) return;
    const blocked = wanted.verification ?? { ...wanted, id: newId('ver') };
    await this.publishChange.execute(tx, blocked, 'blocked', { limit });
  }
}
