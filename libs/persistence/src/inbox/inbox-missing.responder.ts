import { Controller, Inject, type Type } from '@nestjs/common';
import { inboxMissingRequests, type ServiceName } from '@parley/contracts';
import { Answers } from '@parley/messaging';

import { Database } from '../database/database.js';

/**
 * A subquery for each id: a join would be planned for the length of the array, and read the whole inbox for long
 * ones.
 */
const MISSING = `
  SELECT id FROM unnest($2::text[]) AS asked (id)
  WHERE coalesce((
    SELECT state FROM inbox WHERE consumer = $1 AND event_id = asked.id
  ), 'failing') = 'failing'`;

/**
 * Serves rpc.<service>.inbox-missing: which of these messages the inbox has neither as handled nor as a dead letter.
 * A message whose handler keeps failing counts as missing: if it is lost now, it has to be delivered again.
 */
export function inboxMissingResponder(service: ServiceName): Type {
  @Controller()
  class InboxMissingResponder {
    constructor(@Inject(Database) private readonly database: Database) {}

    @Answers(inboxMissingRequests[service])
    async missing({ consumer, ids }: { consumer: string; ids: string[] }): Promise<{ missing: string[] }> {
      const found = await this.database.rows<{ id: string }>(MISSING, [consumer, ids]);
      return { missing: found.map(({ id }) => id) };
    }
  }
  return InboxMissingResponder;
}
