import type { LoggedConversation, LoggedMessage, ModelPrompt } from '../evidence.js';
import { type Facts, isApology, isInbound, type WrittenText } from './facts.js';

/** A turn of the agent that ended. */
export interface EndedTurn {
  readonly id: string;
  readonly outcome: 'replied' | 'no-reply' | 'failed';
  /** Why it failed. */
  readonly reason: string | undefined;
  /** Sids of the questions that stood in the log before it began. */
  readonly askedBefore: readonly string[];
  /** Likewise before it ended. */
  readonly askedUntilEnd: readonly string[];
  /** The answer, where there is one. */
  readonly reply: LoggedMessage | undefined;
  /** Sids of the questions that the model was shown for that answer. */
  readonly shown: ReadonlySet<string>;
}

/** A conversation's turns in the order of their ends, by its public events and by what the model was asked. */
export function turnsOf(facts: Facts, { messages, events }: LoggedConversation): EndedTurn[] {
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

/** The questions that the model was shown when it answered so. */
function shownFor(facts: Facts, reply: LoggedMessage): Set<string> {
  const said = promptsOf(facts, reply).flatMap(({ personSaid }) => personSaid);
  return new Set(questionsIn(facts, said).map(({ messageSid }) => messageSid));
}

export function promptsOf({ prompts }: Facts, { text }: LoggedMessage): ModelPrompt[] {
  return prompts.filter(({ reply }) => reply === text);
}

export function questionsIn({ written }: Facts, said: readonly string[]): WrittenText[] {
  return written.filter(
    ({ means, body }) => means === 'question' && said.some((text) => text.includes(body)),
  );
}

/** What the agent itself said, by its model. */
export function answersOf({ messages }: LoggedConversation): LoggedMessage[] {
  return messages.filter(
    (message) => !isInbound(message) && message.author === 'agent' && !isApology(message),
  );
}
