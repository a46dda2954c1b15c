import { Controller, Inject, type Type } from '@nestjs/common';
import { inboxMissing, type ServiceName } from '@parley/contracts';
import { Answers } from '@parley/messaging';

import { Database } from '../database/database.js';

/** A subquery for each id: a join would be planned by the length of the array, and read the whole inbox for many. */
const MISSING = `
  SELECT id FROM unnest($2::text[]) AS asked (id)
  WHERE coalesce((
    SELECT state FROM inbox WHERE consumer = $1 AND event_id = asked.id
  ), 'failing') = 'failing'`;

/**
 * rpc.<service>.inbox-missing → which of these messages are in the inbox as neither handled nor given up. One that its
 * handler keeps failing on is not taken in: were it lost meanwhile, it would have to come again.
 */
export function inboxMissingResponder(service: ServiceName): Type {
  @Controller()
  class InboxMissingResponder {
    constructor(@Inject(Database) private readonly database: Database) {}

    @Answers(inboxMissing[service])
    async missing({ consumer, ids }: { consumer: string; ids: string[] }): Promise<{ missing: string[] }> {
      const found = await this.database.rows<{ id: string }>(MISSING, [consumer, ids]);
      return { missing: found.map(({ id }) => id) };
    }
  }
  return InboxMissingResponder;
}
