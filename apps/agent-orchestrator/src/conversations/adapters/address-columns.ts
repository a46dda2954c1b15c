import type { DataKeys } from '@parley/encryption';
import { PhoneColumn } from '@parley/persistence';
import { AGENT_NUMBER_FIELD } from '../../agents/adapters/agent.entity.js';
import type { Identity, IdentityKind } from '../../channels/channel.js';
import { TypedCodeColumn } from './typed-code-column.js';

/** Encrypts and indexes the addresses by which a conversation is found: people's identities and our own numbers. */
export interface AddressColumns {
  readonly people: IdentityColumn;
  readonly lines: PhoneColumn;
  /** The codes that messages mask. */
  readonly codes: TypedCodeColumn;
}

export function addressColumns(keys: DataKeys): AddressColumns {
  return {
    people: new IdentityColumn(keys),
    lines: new PhoneColumn(keys, AGENT_NUMBER_FIELD),
    codes: new TypedCodeColumn(keys),
  };
}

/** Seals and indexes identities; each kind has its own index. */
export class IdentityColumn {
  constructor(private readonly keys: DataKeys) {}

  /** Seals the identity for the row with this id. */
  seal({ kind, value }: Identity, rowId: string): { sealed: string; index: string } {
    return {
      sealed: this.keys.encrypt(value, `${columnOf(kind)}:${rowId}`),
      index: this.keys.blindIndex(value, columnOf(kind)),
    };
  }

  /** @throws UnknownDataKeyError | DecryptionFailedError */
  open(kind: IdentityKind, sealed: string, rowId: string): Identity {
    return { kind, value: this.keys.decrypt(sealed, `${columnOf(kind)}:${rowId}`) };
  }

  /**
   * Returns the indexes by which `WHERE phone_index = ANY($1)` finds rows, even rows that were written under
   * an older key.
   */
  indexes({ kind, value }: Identity): string[] {
    return this.keys.blindIndexes(value, columnOf(kind));
  }
}

function columnOf(kind: IdentityKind): string {
  return `orchestrator.identity.${kind}`;
}
