import type { DataKeys } from '@parley/encryption';
import type { MessageId } from '@parley/kernel';

/** Seals the verification codes that people type, until they are checked. */
export class TypedCodeColumn {
  constructor(private readonly keys: DataKeys) {}

  seal(code: string, messageId: MessageId): string {
    return this.keys.encrypt(code, contextOf(messageId));
  }

  /** @throws UnknownDataKeyError | DecryptionFailedError */
  open(sealed: string, messageId: MessageId): string {
    return this.keys.decrypt(sealed, contextOf(messageId));
  }
}

function contextOf(messageId: MessageId): string {
  return `orchestrator.typed_code:${messageId}`;
}
