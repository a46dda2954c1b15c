import type { ThreadId } from '@parley/kernel';
import { newId } from '@parley/service-kit';
import type { MessageToQueue } from '../outbound/queue/send-queue.js';

/** A message of one part for the send queue, valid for a minute. */
export function someMessage(threadId: ThreadId, text: string): MessageToQueue {
  return {
    causedBy: newId('cmd'),
    messageId: newId('msg'),
    threadId,
    parts: [{ id: newId('snd'), text }],
    validUntil: new Date(Date.now() + 60_000),
    isOptOutConfirmation: false,
  };
}
