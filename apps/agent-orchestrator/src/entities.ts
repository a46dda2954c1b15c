import { AgentEntity, AgentNumberEntity } from './agents/adapters/agent.entity.js';
import { ContactEntity, IdentityEntity } from './contacts/adapters/contact.entity.js';
import { IdentityLinkEntity } from './contacts/adapters/identity-link.entity.js';

/** The tables that TypeORM reads and writes. All other tables are read and written by SQL. */
export const entities = [
  AgentEntity,
  AgentNumberEntity,
  ContactEntity,
  IdentityEntity,
  IdentityLinkEntity,
] as const;
