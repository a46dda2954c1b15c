import { z } from 'zod';
import { defineLive, type LiveDataOf } from '../define-live.js';
import { ConversationId, openEnum, ThreadId, TurnId } from '../fields.js';

/**
 * The progress of a web chat, for the sockets that are open now. The log has every message, so a lost report costs a
 * person nothing but the sight of a reply while it is written.
 */
export const ChatProgress = defineLive(
  'chat.progress',
  1,
  z.object({
    threadId: ThreadId,
    conversationId: ConversationId,
    /**
     * `appended`: the log has a new message of the person. `draft`: the agent writes; `text` continues the draft at
     * `offset`. `dropped`: the draft will not be sent.
     */
    step: openEnum(['appended', 'draft', 'dropped']),
    draft: z
      .object({
        turnId: TurnId,
        /** Another attempt of the turn has another id, and begins at offset 0. */
        draftId: z.uuid(),
        /** The number of UTF-16 code units of the draft before `text`. */
        offset: z.int().min(0),
        text: z.string(),
      })
      .optional(),
  }),
  {
    summary: 'A web chat made progress: a message is in the log, or the agent writes.',
    key: 'threadId',
    publishedBy: 'agent-orchestrator',
    consumer: 'sms-gateway',
    receivedBy: 'every-replica',
    example: {
      threadId: 'thr_01k9wm3v7hq2b8yjr5xet6c4dn',
      conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn',
      step: 'draft',
      draft: {
        turnId: 'turn_01k9wm3v7hq2b8yjr5xet6c4dn',
        draftId: '0b8f6a52-7c1d-4b0e-9a53-3f1f1c9e2d77',
        offset: 0,
        text: 'Yes, from 10',
      },
    },
  },
);
export type ChatProgress = LiveDataOf<typeof ChatProgress>;
