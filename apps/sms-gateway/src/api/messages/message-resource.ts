import { ConversationId, MessageView } from '@parley/contracts';
import { isBlank } from '@parley/kernel';
import { z } from 'zod';

/** A message as REST shows it. While it is `accepted`, its conversation and `seq` may not be known yet. */
export const MessageResource = MessageView.partial({ conversationId: true, seq: true });
export type MessageResource = z.output<typeof MessageResource>;

const MAX_TEXT_CHARS = 20_000;

/** A text that phones can show and Postgres can store. */
const text = z
  .string()
  .max(MAX_TEXT_CHARS)
  .refine((value) => !isBlank(value), { message: 'must not be blank', params: { code: 'blank' } })
  .refine((value) => !/[\0\p{Surrogate}]/u.test(value), {
    message: 'must be well-formed Unicode without NUL characters',
    params: { code: 'malformed_text' },
  });

/** A request to send a message: to a number or into a conversation. */
export const SendMessageRequest = z
  .strictObject({
    to: z.string().max(64).optional().describe('The person’s number, like +15550100001'),
    from: z
      .string()
      .max(64)
      .optional()
      .describe('With `to`: the line of ours to text from. Default: the configured number'),
    conversationId: ConversationId.optional().describe('In place of `to`: a conversation that exists'),
    text,
  })
  .check(
    z.superRefine(
      ({ to, from, conversationId }, context) => {
        const isOne = (to === undefined) !== (conversationId === undefined);
        const issue = { code: 'custom', params: { code: 'one_recipient' } } as const;
        if (!isOne)
          context.addIssue({ ...issue, path: ['to'], message: 'give either `to` or `conversationId`' });
        else if (conversationId !== undefined && from !== undefined)
          context.addIssue({
            ...issue,
            path: ['from'],
            message: 'is only allowed with `to`: a conversation already has its line',
          });
      },
      // Also runs if other fields are wrong, so that one answer lists all wrong fields.
      { when: ({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value) },
    ),
  );
export type SendMessageRequest = z.output<typeof SendMessageRequest>;
