import { Controller, Inject, type Type } from '@nestjs/common';
import { inboxMissingRequests, type ServiceName } from '@parley/contracts';
import { Answers } from '@parley/messaging';

import { Database } from '../database/database.js';

/**
 * Selects the given ids that are missing. Uses a subquery for each id, because Postgres would plan a join with a long array as
 * a scan of the whole inbox.
 */
const MISSING = `
  SELECT id FROM unnest($2::text[]) AS asked (id)
  WHERE coalesce((
    SELECT state FROM inbox WHERE consumer = $1 AND event_id = asked.id
  ), 'failing') = 'failing'`;

/**
 * rpc.<service>.inbox-missing → the messages that are neither handled nor dead letters here. A message whose
 * handler keeps failing counts as missing, because it must be delivered again if its stream loses it.
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
