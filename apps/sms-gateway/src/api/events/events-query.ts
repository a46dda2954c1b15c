import { catalogue, ConversationId, Timestamp, typeOf } from '@parley/contracts';
import { z } from 'zod';
import { PageQuery } from '../page-query.js';

const publicTypes = catalogue.filter(({ kind }) => kind === 'evt').map(typeOf);

/** The query string for the event log. */
export const EventsQuery = PageQuery.extend({
  since: Timestamp.optional().describe('In place of a cursor: begins about a minute before this time'),
  types: z
    .string()
    .describe(`Only events of these types, separated by commas: ${publicTypes.join(', ')}`)
    .transform((types) => Array.from(new Set(types.split(','))))
    .pipe(z.array(z.enum(publicTypes)))
    .optional(),
  conversationId: ConversationId.optional(),
}).refine(({ cursor, since }) => cursor === undefined || since === undefined, {
  path: ['since'],
  message: 'cannot be combined with cursor: send only one of them',
  params: { code: 'one_start' },
});
export type EventsQuery = z.output<typeof EventsQuery>;
