import { Injectable } from '@nestjs/common';
import { decideLink, intentAnswers } from '@parley/dialogue';
import { assertNever, type ContactId, parseE164 } from '@parley/kernel';
import { Outbox, type OutboxMessage, type Transaction, Transactions } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { Channels, type Identity } from '../channels/channel.js';
import { ConversationLog } from '../conversations/conversation-log.js';
import { identityUnlinked } from '../conversations/identity-link.js';
import { deliveryAndEventOf } from '../conversations/queued-message.js';
import { REPLY_VALID_FOR_MS } from '../replies/reply-policy.js';
import { contactMerged, conversationsMerged, identityLinked } from './contact-events.js';
import { ContactStore, type KnownIdentity, type LinkProof, type NewLink } from './contact-store.js';

/** A proof that the person of one identity also owns another one. */
export interface ProvenIdentity {
  /** The identity that asked for the proof. */
  readonly claimant: Identity;
  /** The identity that is proven, which may be the same. */
  readonly identity: Identity;
  readonly proof: LinkProof;
  readonly provenAt: Date;
}

export type LinkOutcome =
  | { kind: 'linked'; contactId: ContactId; decision: 'attach' | 'renew' | 'merge' | 'move' }
  | { kind: 'ignored'; reason: 'verification-known' };

/**
 * Makes an identity belong to the contact that proved it: contacts, conversations, link and events in one transaction. A
 * contact that loses the identity gets a message on its other channel.
 */
@Injectable()
export class LinkIdentity {
  constructor(
    private readonly transactions: Transactions,
    private readonly outbox: Outbox,
    private readonly contacts: ContactStore,
    private readonly log: ConversationLog,
    private readonly channels: Channels,
  ) {}

  execute(proven: ProvenIdentity): Promise<LinkOutcome> {
    return this.transactions.run(async (tx) => {
      const { claimant, identity, proof } = proven;
      await this.contacts.lockIdentities(tx, [claimant, identity]);
      if (proof.via === 'verification' && (await this.contacts.hasLinkOf(tx, proof.verificationId))) {
        return { kind: 'ignored', reason: 'verification-known' };
      }
      const claiming = await this.contacts.find(tx, claimant);
      const owned = await this.contacts.find(tx, identity);
      const involved = [claiming, owned].flatMap((each) => each?.contactId ?? []);
      const open = await this.contacts.openConversations(tx, involved);
      await this.contacts.lock(tx, [...involved, ...open.map(({ conversationId }) => conversationId)]);
      const { contactId } = claiming ?? (await this.contacts.add(tx, claimant));
      // The claimant is the identity itself, and was added just now.
      const owner = owned ?? (await this.contacts.find(tx, identity));
      return this.#link(tx, proven, contactId, owner);
    });
  }

  async #link(
    tx: Transaction,
    { identity, proof, provenAt }: ProvenIdentity,
    contactId: ContactId,
    owner: KnownIdentity | undefined,
  ): Promise<LinkOutcome> {
    const decision = decideLink(contactId, owner);
    const link: NewLink = {
      linkId: newId('lnk'),
      identityId: owner?.identityId ?? newId('idn'),
      contactId,
      formerContactId: undefined,
      proof,
      linkedAt: provenAt,
    };
    const events: OutboxMessage[] = [];
    switch (decision.kind) {
      case 'renew':
        break;
      case 'attach': {
        const added = await this.contacts.add(tx, identity);
        link.identityId = added.identityId;
        await this.#unite(tx, contactId, added.contactId, provenAt);
        break;
      }
      case 'merge':
        link.formerContactId = decision.absorbed;
        events.push(...(await this.#unite(tx, contactId, decision.absorbed, provenAt)));
        events.push(contactMerged(contactId, decision.absorbed, provenAt));
        break;
      case 'move':
        link.formerContactId = decision.from;
        events.push(...(await this.#move(tx, owner!, contactId, provenAt)));
        events.push(...(await this.#notifyFormerOwner(tx, decision.from, identity)));
        break;
      default:
        return assertNever(decision);
    }
    await this.contacts.addLink(tx, link);
    await this.outbox.add(tx, ...events, identityLinked(link, identity.kind));
    return { kind: 'linked', contactId, decision: decision.kind };
  }

  /** Makes one contact of two, and returns the events of their conversations. */
  async #unite(
    tx: Transaction,
    survivor: ContactId,
    absorbed: ContactId,
    now: Date,
  ): Promise<OutboxMessage[]> {
    const open = await this.contacts.openConversations(tx, [survivor, absorbed]);
    const merged = await this.contacts.unite(tx, survivor, absorbed, open);
    return merged.flatMap((each) => conversationsMerged(each, survivor, now));
  }

  /** Takes the identity from its contact, and returns the event. */
  async #move(
    tx: Transaction,
    identity: KnownIdentity,
    contactId: ContactId,
    now: Date,
  ): Promise<OutboxMessage[]> {
    const ended = await this.contacts.endLink(tx, identity, 'moved');
    if (!ended?.newContactId) throw new Error(`Identity ${identity.identityId} did not leave its contact`);
    await this.#unite(tx, contactId, ended.newContactId, now);
    return [identityUnlinked({ ...ended, newContactId: contactId }, now)];
  }

  /** Adds a message to the conversations of a contact that lost this identity, and returns its delivery and events. */
  async #notifyFormerOwner(
    tx: Transaction,
    contactId: ContactId,
    { value }: Identity,
  ): Promise<OutboxMessage[]> {
    const number = parseE164(value);
    if (!number) return [];
    const sent: OutboxMessage[] = [];
    for (const { threadId, channel, ...lane } of await this.contacts.reachableConversations(tx, contactId)) {
      const messageId = newId('msg');
      const message = {
        messageId,
        threadId,
        author: 'agent' as const,
        text: intentAnswers.movedAway(number),
      };
      const appended = await this.log.appendOutbound(tx, lane, { ...message, channel });
      if (!appended) continue;
      const validUntil = new Date(Date.now() + REPLY_VALID_FOR_MS).toISOString();
      const { conversationId } = lane;
      const queued = { ...message, conversationId, validUntil };
      sent.push(...deliveryAndEventOf(this.channels.texting(channel), queued, appended));
    }
    return sent;
  }
}
