import type { IdentityId, MessageId, ThreadId, VerificationId } from '@parley/kernel';
import type { Identity } from '../channels/channel.js';
import type { IntentPerson, PendingVerification } from './intent-scene.js';

/** Stores which verifications are pending for which identity, so that codes are masked and checked. */
export abstract class PendingVerifications {
  abstract personOn(threadId: ThreadId): Promise<IntentPerson | undefined>;
  /** Finds an identity that the log knows. */
  abstract find(identity: Identity): Promise<IdentityId | undefined>;
  /** Stores a verification, or its new expiry. Removes what has expired. */
  abstract add(pending: PendingVerification): Promise<void>;
  abstract remove(verificationId: VerificationId): Promise<void>;
  /** Reads the code that a message masks. */
  abstract codeOf(messageId: MessageId): Promise<string | undefined>;
}
