import { Injectable } from '@nestjs/common';
import type { IdentityId } from '@parley/kernel';
import { Outbox, Transactions } from '@parley/persistence';
import { type EndedLink, identityUnlinked, type UnlinkReason } from '../conversations/identity-link.js';
import { ContactStore } from './contact-store.js';

export type UnlinkOutcome =
  { kind: 'unlinked'; ended: EndedLink } | { kind: 'ignored'; reason: 'identity-unknown' | 'not-linked' };

/**
 * Ends the link of an identity. If its contact has other identities, it leaves that contact: its next message begins a
 * conversation of its own, in which it sees what it had said before the link.
 */
@Injectable()
export class UnlinkIdentity {
  constructor(
    private readonly transactions: Transactions,
    private readonly outbox: Outbox,
    private readonly contacts: ContactStore,
  ) {}

  async execute(identityId: IdentityId, via: UnlinkReason): Promise<UnlinkOutcome> {
    const known = await this.contacts.findById(identityId);
    if (!known) return { kind: 'ignored', reason: 'identity-unknown' };
    return this.transactions.run(async (tx) => {
      await this.contacts.lockIdentities(tx, [known.identity]);
      const owned = await this.contacts.find(tx, known.identity);
      const ended = owned && (await this.contacts.endLink(tx, owned, via));
      if (!ended) return { kind: 'ignored', reason: 'not-linked' };
      await this.outbox.add(tx, identityUnlinked(ended, new Date()));
      return { kind: 'unlinked', ended };
    });
  }
}
