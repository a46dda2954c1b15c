import { z } from 'zod';
import { defineRequest } from '../define.js';
import { ConversationId, Timestamp } from '../fields.js';
import { PageRequest } from '../pages.js';
import { MessageReceived } from './message-events.js';

/** An event of the event log: a CloudEvent 1.0 in JSON, with the attributes of the published event. */
export const LoggedEvent = z.object({
  specversion: z.string(),
  id: z.string(),
  source: z.string(),
  /** The NATS subject without its last token, e.g. `evt.message.received.v1`. */
  type: z.string(),
  /** The ordering key: the id of the event's conversation, or else of its contact. */
  subject: z.string(),
  time: z.string(),
  datacontenttype: z.string(),
  /** The event's position among the events of its conversation, from 1 without gaps. */
  conversationsequence: z.int().min(1).optional(),
  data: z.record(z.string(), z.unknown()),
});
export type LoggedEvent = z.output<typeof LoggedEvent>;

/**
 * Reads the events of the last 30 days, each after the events that may have caused it. `nextCursor` says
 * where to continue, even on the last page, because later events follow. A page may contain fewer than
 * `limit` events even if more follow.
 */
export const ListEvents = defineRequest('orchestrator.list-events', 1, {
  askedBy: ['sms-gateway'],
  input: PageRequest.extend({
    /** The start of a list without a cursor. It begins about a minute before this time. */
    since: Timestamp.optional(),
    types: z.array(z.string().max(100)).max(50).optional(),
    conversationId: ConversationId.optional(),
  }),
  output: z.object({ data: z.array(LoggedEvent), nextCursor: z.string(), hasMore: z.boolean() }),
  summary: 'Read the public events of the last 30 days, in order.',
  exampleInput: { limit: 50, cursor: 'NzQ0LjEy' },
  exampleOutput: {
    data: [
      {
        specversion: '1.0',
        id: 'evt_01k9wm3v7hq2b8yjr5xet6c4dn',
        source: '/parley/agent-orchestrator',
        type: 'evt.message.received.v1',
        subject: MessageReceived.example.conversationId,
        time: '2026-01-02T03:04:05.700Z',
        datacontenttype: 'application/json',
        conversationsequence: 2,
        data: MessageReceived.example,
      },
    ],
    nextCursor: 'NzQ0LjEz',
    hasMore: false,
  },
});
