import type { OpenConversation } from '@parley/dialogue';
import type { ContactId, ConversationId, IdentityId, LinkId, ThreadId, VerificationId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { ChannelName, Identity } from '../channels/channel.js';
import type { TextLane } from '../conversations/conversation-log.js';
import type { EndedLink, OwnedIdentity, UnlinkReason } from '../conversations/identity-link.js';

/** An identity with its contact. */
export interface KnownIdentity extends OwnedIdentity {
  /** Whether its contact has other identities. */
  readonly hasOtherIdentities: boolean;
}

/** Why an identity is said to belong to a contact. */
export type LinkProof = { via: 'verification'; verificationId: VerificationId } | { via: 'operator' };

/** A link to store. */
export interface NewLink {
  readonly linkId: LinkId;
  identityId: IdentityId;
  readonly contactId: ContactId;
  formerContactId: ContactId | undefined;
  readonly proof: LinkProof;
  readonly linkedAt: Date;
}

/** A conversation that was closed because another one goes on, with the numbers of both events. */
export interface MergedConversation {
  readonly closed: ConversationId;
  readonly into: ConversationId;
  readonly closedEventSeq: number;
  readonly intoEventSeq: number;
}

/** A conversation in which the contact can be texted. */
export interface ReachableConversation extends TextLane {
  readonly threadId: ThreadId;
  channel: ChannelName;
}

/** A phone that is proven to belong to a contact. */
export interface VerifiedPhone {
  identityId: IdentityId;
  readonly number: Identity['value'];
  readonly verifiedAt: Date;
}

/** Stores which contact an identity belongs to, and why. */
export abstract class ContactStore {
  /** Locks identities, also those that the log does not have: the first statement of every transaction that links. */
  abstract lockIdentities(tx: Transaction, identities: readonly Identity[]): Promise<void>;
  abstract find(tx: Transaction, identity: Identity): Promise<KnownIdentity | undefined>;
  abstract findById(identityId: IdentityId): Promise<(KnownIdentity & { identity: Identity }) | undefined>;
  /** Stores an identity with a contact of its own. */
  abstract add(tx: Transaction, identity: Identity): Promise<KnownIdentity>;
  abstract identitiesOf(tx: Transaction, contactId: ContactId): Promise<OwnedIdentity[]>;
  /** Whether the contact exists and was not merged into another. */
  abstract hasContact(tx: Transaction, contactId: ContactId): Promise<boolean>;
  abstract openConversations(tx: Transaction, contactIds: readonly ContactId[]): Promise<OpenConversation[]>;
  /** Locks conversations and contacts, in one order for all. */
  abstract lock(tx: Transaction, ids: readonly (ConversationId | ContactId)[]): Promise<void>;
  /**
   * Merges two contacts. Of two open conversations with the same agent, the older goes on. The identities of both contacts
   * share it from now on; each identity still sees only its own earlier messages. The transaction must hold the locks of both
   * contacts and of their open conversations.
   */
  abstract unite(
    tx: Transaction,
    survivor: ContactId,
    absorbed: ContactId,
    open: readonly OpenConversation[],
  ): Promise<MergedConversation[]>;
  /** Returns the open conversations of a contact, each with its newest thread; those without a thread are left out. */
  abstract reachableConversations(tx: Transaction, contactId: ContactId): Promise<ReachableConversation[]>;
  abstract hasLinkOf(tx: Transaction, verificationId: VerificationId): Promise<boolean>;
  /** Stores a link, which replaces the identity's active one. An operator's link does not replace a proof. */
  abstract addLink(tx: Transaction, link: NewLink): Promise<void>;
  /** Ends the active link of an identity. Returns undefined if there is none. */
  abstract endLink(
    tx: Transaction,
    identity: OwnedIdentity,
    via: UnlinkReason,
  ): Promise<EndedLink | undefined>;
  /** Returns the phones that a contact has verified, the newest first; links that are idle are left out. */
  abstract verifiedPhones(contactId: ContactId): Promise<VerifiedPhone[]>;
}
