import { AppendMessage, type CallStateChanged, setTextsIn } from '@parley/contracts';
import { idFollowing } from '@parley/kernel';
import type { OutboxMessage } from '@parley/persistence';
import type { LoggedCall } from './call-log.js';

/** A later apology would only confuse the person. */
const VALID_MS = 3_600_000;

/**
 * Makes the apology by text, in the agent's language, after a call that ended because the recogniser or the voice was
 * unavailable. Makes none for a caller without a number. The id derives from the call, so that the text is sent once. The
 * gateway checks consent, as for every text.
 */
export function textAfterCall(
  { state, reason, contactNumber, lineNumber }: CallStateChanged,
  { callId, conversationId, language }: LoggedCall,
  now: Date,
): OutboxMessage | undefined {
  const isOver = state === 'ended' || state === 'failed';
  const isBroken = reason === 'recogniser-unavailable' || reason === 'voice-unavailable';
  if (!isOver || !isBroken || !contactNumber) return undefined;
  const data: AppendMessage = {
    target: conversationId,
    messageId: idFollowing('msg', callId),
    text: setTextsIn(language).brokenCall,
    author: 'agent',
    to: contactNumber,
    ...(lineNumber && { from: lineNumber }),
    requestedAt: now.toISOString(),
    validUntil: new Date(now.getTime() + VALID_MS).toISOString(),
  };
  return { contract: AppendMessage, data };
}
