import type { LoggedConversation, LoggedMessage, ModelPrompt } from '../evidence.js';
import { type IndexedEvidence, isApology, isInbound, type WrittenText } from './facts.js';

/** An ended turn. */
export interface EndedTurn {
  readonly id: string;
  readonly outcome: 'replied' | 'no-reply' | 'failed';
  /** Why the turn failed. */
  readonly reason: string | undefined;
  /** SIDs of the questions in the log when the turn started. */
  readonly askedBefore: readonly string[];
  /** SIDs of the questions in the log when the turn ended. */
  readonly askedUntilEnd: readonly string[];
  readonly reply: LoggedMessage | undefined;
  /** SIDs of the questions in the prompt of the reply. */
  readonly shown: ReadonlySet<string>;
}

/** Returns a conversation's turns in the order of their ends, from its public events and the prompts. */
export function turnsOf(facts: IndexedEvidence, { messages, events }: LoggedConversation): EndedTurn[] {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const asked: string[] = [];
  const askedAtStart = new Map<string, readonly string[]>();
  return events.flatMap(({ type, data }): EndedTurn[] => {
    const turnId = String(data['turnId']);
    if (type === 'message.received') {
      const sid = byId.get(String(data['messageId']))?.messageSid ?? '';
      if (facts.writtenBySid.get(sid)?.means === 'question') asked.push(sid);
    }
    if (type === 'turn.started') askedAtStart.set(turnId, [...asked]);
    if (type !== 'turn.completed' && type !== 'turn.failed') return [];
    const reply = byId.get(String(data['messageId']));
    return [
      {
        id: turnId,
        outcome: type === 'turn.failed' ? 'failed' : data['outcome'] === 'replied' ? 'replied' : 'no-reply',
        reason: type === 'turn.failed' ? String(data['reason']) : undefined,
        askedBefore: askedAtStart.get(turnId) ?? [],
        askedUntilEnd: [...asked],
        reply,
        shown: reply ? shownFor(facts, reply) : new Set(),
      },
    ];
  });
}

/** Returns the SIDs of the questions in the prompts that got this reply. */
function shownFor(facts: IndexedEvidence, reply: LoggedMessage): Set<string> {
  const sent = promptsOf(facts, reply).flatMap(({ userTexts }) => userTexts);
  return new Set(questionsIn(facts, sent).map(({ messageSid }) => messageSid));
}

export function promptsOf({ prompts }: IndexedEvidence, { text }: LoggedMessage): ModelPrompt[] {
  return prompts.filter(({ reply }) => reply === text);
}

export function questionsIn({ written }: IndexedEvidence, sent: readonly string[]): WrittenText[] {
  return written.filter(
    ({ means, body }) => means === 'question' && sent.some((text) => text.includes(body)),
  );
}

/** Returns the agent's messages except apologies. */
export function answersOf({ messages }: LoggedConversation): LoggedMessage[] {
  return messages.filter(
    (message) => !isInbound(message) && message.author === 'agent' && !isApology(message),
  );
}
