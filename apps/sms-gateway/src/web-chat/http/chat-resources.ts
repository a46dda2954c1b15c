import { MessageId } from '@parley/contracts';
import { Problem, problems } from '@parley/service-kit';
import { z } from 'zod';
import { apiProblems } from '../../api/api-problems.js';
import { ClientMessageId } from '../frames/client-frames.js';
import { chatText } from '../frames/chat-text.js';
import type { WebMessageOutcome } from '../messages/receive-web-message.js';

/** A message of the person, from their own client. */
export const ChatMessageOrder = z.strictObject({ clientMessageId: ClientMessageId, text: chatText });
export type ChatMessageOrder = z.output<typeof ChatMessageOrder>;

/** The same frame as on a socket. */
export const AcceptedChatMessage = z.object({ clientMessageId: ClientMessageId, messageId: MessageId });
export type AcceptedChatMessage = z.output<typeof AcceptedChatMessage>;

/** A message of the person, from a backend that knows the conversation. */
export const ContactMessageOrder = z.strictObject({ text: chatText });
export type ContactMessageOrder = z.output<typeof ContactMessageOrder>;

/** @throws Problem for a message that was refused */
export function acceptedId(outcome: WebMessageOutcome): z.output<typeof MessageId> {
  if (outcome.kind === 'accepted') return outcome.messageId;
  if (outcome.reason === 'too-many-messages')
    throw new Problem(problems.tooManyRequests, { retryAfterSeconds: 1 });
  if (outcome.reason === 'client-message-id-reused') throw new Problem(apiProblems.clientMessageIdReused);
  throw new Problem(problems.notFound, { detail: 'This chat does not exist any more' });
}
