import type { VoiceTurn } from '@parley/contracts';
import { buildPrompt, type LoggedMessage, type Prompt } from '@parley/dialogue';
import { CONTEXT_BUDGET } from '../../../replies/reply-policy.js';
import type { CallContext } from '../log/call-log.js';
import { voicePrompt } from './voice-channel.js';

/** The person's words of this turn, which follow everything else that needs an answer. */
const JUST_SAID = {
  seq: Number.MAX_SAFE_INTEGER,
  author: 'contact',
  channel: voicePrompt,
  receivedAtMs: Number.MAX_SAFE_INTEGER,
  isUnanswered: true,
} as const;

/** Builds the prompt of a spoken turn: the conversation, then the person's newest words. */
export function spokenPrompt({ said }: VoiceTurn, { systemPrompt, log }: CallContext): Prompt {
  return buildPrompt({
    systemPrompt,
    channel: voicePrompt,
    log: [...log, { ...JUST_SAID, text: said }],
    budget: CONTEXT_BUDGET,
  });
}

/**
 * Returns the messages of a ledger entry that the log lacks. They come after the log and before the person's
 * newest words.
 */
export function messagesOf({ turnNo, said, reply, endedAt }: VoiceTurn['ledger'][number]): LoggedMessage[] {
  const of = { seq: Number.MAX_SAFE_INTEGER - 1_000_000 + turnNo, channel: voicePrompt };
  const messages: LoggedMessage[] = [];
  if (said.trim() !== '') {
    messages.push({ ...of, author: 'contact', text: said, receivedAtMs: Date.parse(endedAt) });
  }
  if (reply) messages.push({ ...of, author: 'agent', text: reply.text, heardText: reply.heardText });
  return messages;
}
