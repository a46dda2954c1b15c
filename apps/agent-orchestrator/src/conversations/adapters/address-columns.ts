import type { DataKeys } from '@parley/encryption';
import { PhoneColumn } from '@parley/persistence';
import { AGENT_NUMBER } from '../../agents/adapters/agent.entity.js';
import type { Identity, IdentityKind } from '../../channels/channel.js';

/** The addresses by which a conversation is found: of people, and our own numbers. */
export interface AddressColumns {
  readonly people: IdentityColumn;
  readonly lines: PhoneColumn;
}

export function addressColumns(keys: DataKeys): AddressColumns {
  return { people: new IdentityColumn(keys), lines: new PhoneColumn(keys, AGENT_NUMBER) };
}

/** Identities of all kinds, sealed and indexed for their kind. */
export class IdentityColumn {
  constructor(private readonly keys: DataKeys) {}

  /** For inserting the row of this id. */
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

  /** For finding rows, those written under an older key included: `WHERE phone_index = ANY($1)`. */
  indexes({ kind, value }: Identity): string[] {
    return this.keys.blindIndexes(value, columnOf(kind));
  }
}

function columnOf(kind: IdentityKind): string {
  return `orchestrator.identity.${kind}`;
}
