import { z } from 'zod';
import { defineEvent, type DataOf } from '../define.js';
import { Channel, ConversationId, MessageId, openEnum, Timestamp, TurnId } from '../fields.js';

const Turn = z.object({ conversationId: ConversationId, turnId: TurnId, channel: Channel });
const turnExample = {
  conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn',
  turnId: 'turn_01k9wm3v7hq2b8yjr5xet6c4dn',
  channel: 'sms',
} as const;

/** The agent began a turn. */
export const TurnStarted = defineEvent('turn.started', 1, Turn.extend({ startedAt: Timestamp }), {
  summary: 'The agent began a turn.',
  key: 'conversationId',
  example: { ...turnExample, startedAt: '2026-01-02T03:04:05.800Z' },
});
export type TurnStarted = DataOf<typeof TurnStarted>;

/** The agent replied, or decided not to reply. */
export const TurnCompleted = defineEvent(
  'turn.completed',
  1,
  Turn.extend({
    outcome: openEnum(['replied', 'no-reply']),
    /** The reply, if there is one. */
    messageId: MessageId.optional(),
    completedAt: Timestamp,
  }),
  {
    summary: 'The agent completed a turn: it replied, or decided not to reply.',
    key: 'conversationId',
    example: {
      ...turnExample,
      outcome: 'replied',
      messageId: 'msg_01k9wm3v7hq2b8yjr5xet6c4dn',
      completedAt: '2026-01-02T03:04:07.000Z',
    },
  },
);
export type TurnCompleted = DataOf<typeof TurnCompleted>;

/** A turn failed, so the agent gave no reply of its own. */
export const TurnFailed = defineEvent(
  'turn.failed',
  1,
  Turn.extend({
    reason: openEnum(['model-error', 'model-timeout', 'abandoned']),
    failedAt: Timestamp,
  }),
  {
    summary: 'A turn failed, so the agent gave no reply of its own.',
    key: 'conversationId',
    example: { ...turnExample, reason: 'model-timeout', failedAt: '2026-01-02T03:05:05.800Z' },
  },
);
export type TurnFailed = DataOf<typeof TurnFailed>;
