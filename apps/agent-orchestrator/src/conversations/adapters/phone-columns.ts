import type { DataKeys } from '@parley/encryption';
import { PhoneColumn } from '@parley/persistence';
import { AGENT_NUMBER } from '../../agents/adapters/agent.entity.js';

/** The numbers by which a conversation is found: of people, and our own. */
export interface PhoneColumns {
  readonly people: PhoneColumn;
  readonly lines: PhoneColumn;
}

export function phoneColumns(keys: DataKeys): PhoneColumns {
  return {
    people: new PhoneColumn(keys, 'orchestrator.identity.phone'),
    lines: new PhoneColumn(keys, AGENT_NUMBER),
  };
}
