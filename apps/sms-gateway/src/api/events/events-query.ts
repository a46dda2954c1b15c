import { catalogue, ConversationId, Timestamp, typeOf } from '@parley/contracts';
import { z } from 'zod';
import { PageQuery } from '../page-query.js';

const publicTypes = catalogue.filter(({ kind }) => kind === 'evt').map(typeOf);

/** The query string for the event log. */
export const EventsQuery = PageQuery.extend({
  since: Timestamp.optional().describe('Instead of a cursor: events from about a minute before this time on'),
  types: z
    .string()
    .describe(`Only these, with commas between: ${publicTypes.join(', ')}`)
    .transform((types) => Array.from(new Set(types.split(','))))
    .pipe(z.array(z.enum(publicTypes)))
    .optional(),
  conversationId: ConversationId.optional(),
}).refine(({ cursor, since }) => cursor === undefined || since === undefined, {
  path: ['since'],
  message: 'has no meaning beside a cursor',
  params: { code: 'one_start' },
});
export type EventsQuery = z.output<typeof EventsQuery>;
