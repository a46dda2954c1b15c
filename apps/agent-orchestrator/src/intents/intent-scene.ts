import type {
  ContactId,
  ConversationId,
  E164,
  IdentityId,
  MessageId,
  ThreadId,
  VerificationId,
} from '@parley/kernel';
import type { Identity, TextChannel } from '../channels/channel.js';

/** The recipients to whom a person may send texts: only themselves, people that the log knows, or anybody. */
export type TextRecipients = 'self' | 'contacts' | 'any';

/** A verification whose code the person of an identity may still type. */
export interface PendingVerification {
  verificationId: VerificationId;
  identityId: IdentityId;
  number: E164;
  purpose: string;
  expiresAt: Date;
}

/** A text that the turn answers. */
export interface UnansweredText {
  messageId: MessageId;
  seq: number;
  text: string;
  /** Whether the text holds a code, which the log masks. */
  hasCode: boolean;
}

/** The turn whose texts may be intents. */
export interface IntentScene {
  conversationId: ConversationId;
  contactId: ContactId;
  threadId: ThreadId;
  channel: TextChannel;
  unanswered: readonly UnansweredText[];
  /** Whether the agent talks only to people whose phone is verified. */
  isVerificationRequired: boolean;
  recipients: TextRecipients;
}

/** The person on the thread that the turn answers. */
export interface IntentPerson {
  identityId: IdentityId;
  identity: Identity;
  /** Whether a verification has proven the identity, not too long ago. */
  isVerified: boolean;
  /** The newest verification that this identity asked for. */
  pending: PendingVerification | undefined;
}
