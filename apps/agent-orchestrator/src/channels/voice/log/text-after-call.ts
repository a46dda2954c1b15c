import { AppendMessage, type CallStateChanged, defaultTextsIn } from '@parley/contracts';
import { deriveId } from '@parley/kernel';
import type { OutboxMessage } from '@parley/persistence';
import type { LoggedCall } from './call-log.js';

/** How long the apology may be sent; a later one would only confuse the person. */
const VALID_MS = 3_600_000;

/**
 * Returns the text that apologises after a call that ended because the recogniser or the voice was
 * unavailable, unless the caller's number is withheld. The message's id derives from the call, so that the
 * text is sent once.
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
    messageId: deriveId('msg', callId),
    text: defaultTextsIn(language).brokenCall,
    author: 'agent',
    to: contactNumber,
    ...(lineNumber && { from: lineNumber }),
    requestedAt: now.toISOString(),
    validUntil: new Date(now.getTime() + VALID_MS).toISOString(),
  };
  return { contract: AppendMessage, data };
}
