import { AppendMessage, type CallStateChanged, setTextsIn } from '@parley/contracts';
import { idFollowing } from '@parley/kernel';
import type { OutboxMessage } from '@parley/persistence';
import type { CallPlace } from './call-log.js';

/** An apology for a call that is long over would only puzzle its reader. */
const VALID_MS = 3_600_000;

/**
 * The text that follows a call which ended because the recogniser or the voice stayed away, in the agent's language; none
 * for a caller without a number. One id for each call, so that it is said once. Whether the person may be texted is the
 * gateway's to say, as for every text.
 */
export function textAfterCall(
  { state, reason, contactNumber, lineNumber }: CallStateChanged,
  { callId, conversationId, language }: CallPlace,
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
