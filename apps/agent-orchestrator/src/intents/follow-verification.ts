import { Injectable } from '@nestjs/common';
import type { VerificationChanged, VerificationSubject } from '@parley/contracts';
import { parseId } from '@parley/kernel';
import { LinkIdentity } from '../contacts/link-identity.js';
import type { Identity } from '../channels/channel.js';
import { PendingVerifications } from './pending-verifications.js';
import { LINKING_PURPOSES } from './verify-phone.js';

/** How long a verification is pending at most. */
const PENDING_MS = 10 * 60_000;

export type FollowOutcome =
  | { kind: 'pending' | 'linked' | 'over' }
  | { kind: 'ignored'; reason: 'other-purpose' | 'subject-unknown' | 'no-change' };

/**
 * Follows verifications that REST started, as those of a conversation: codes are masked while one is pending, and an approved one
 * links the phone. Each step has its effect once, however often it is reported.
 */
@Injectable()
export class FollowVerification {
  constructor(
    private readonly pendings: PendingVerifications,
    private readonly linkIdentity: LinkIdentity,
  ) {}

  async execute(changed: VerificationChanged): Promise<FollowOutcome> {
    const { verificationId, change, number, purpose, occurredAt } = changed;
    if (change === 'failed' || change === 'expired') {
      await this.pendings.remove(verificationId);
      return { kind: 'over' };
    }
    if (change !== 'started' && change !== 'approved') return { kind: 'ignored', reason: 'no-change' };
    if (!LINKING_PURPOSES.some((linking) => linking === purpose)) {
      return { kind: 'ignored', reason: 'other-purpose' };
    }
    const claimant = await this.#claimantOf(changed.subject);
    if (!claimant) return { kind: 'ignored', reason: 'subject-unknown' };
    if (change === 'approved') {
      await this.linkIdentity.execute({
        claimant,
        identity: { kind: 'phone', value: number },
        proof: { via: 'verification', verificationId },
        provenAt: new Date(occurredAt),
      });
      await this.pendings.remove(verificationId);
      return { kind: 'linked' };
    }
    const identityId = await this.pendings.find(claimant);
    if (!identityId) return { kind: 'ignored', reason: 'subject-unknown' };
    const expiresAt = new Date(Date.parse(occurredAt) + PENDING_MS);
    await this.pendings.add({ verificationId, identityId, number, purpose, expiresAt });
    return { kind: 'pending' };
  }

  async #claimantOf({ kind, id }: VerificationSubject): Promise<Identity | undefined> {
    if (kind === 'web-user') return { kind: 'web-user', value: id };
    const threadId = kind === 'phone' && parseId('thr', id);
    return threadId ? (await this.pendings.personOn(threadId))?.identity : undefined;
  }
}
