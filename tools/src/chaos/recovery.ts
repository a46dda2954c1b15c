import { answeredCount } from './checks.js';
import { attemptOf, type Evidence, type LoggedConversation } from './evidence.js';

/** How long texts waited for their replies because of a fault. */
export interface Recovery {
  readonly fault: string;
  readonly ms: number;
}

/** Texts of the last moment before a fault are under way when it comes. */
const UNDER_WAY_MS = 1_000;

/**
 * For each fault, from its beginning until the last of the texts that were posted during it, or right before, had its
 * reply at the carrier: the fault's own duration included, and that of others at the same time.
 */
export function recoveriesIn(evidence: Evidence): Recovery[] {
  const answeredAtMs = answerTimes(evidence);
  const forwarded = new Set(
    evidence.inbound.filter(({ decision }) => decision === 'forward').map(({ messageSid }) => messageSid),
  );
  return evidence.faults.flatMap(({ name, startedAtMs, endedAtMs }) => {
    const answers = evidence.texts
      .filter(({ messageSid }) => forwarded.has(messageSid))
      .filter(({ postedAtMs }) => postedAtMs >= startedAtMs - UNDER_WAY_MS && postedAtMs <= endedAtMs)
      .flatMap(({ body }) => answeredAtMs.get(body) ?? [])
      .filter((atMs) => atMs >= startedAtMs);
    return answers.length === 0 ? [] : [{ fault: name, ms: Math.max(...answers) - startedAtMs }];
  });
}

/** When the carrier had the reply, by text. */
function answerTimes({ conversations, carried, sends }: Evidence): Map<string, number> {
  const attempts = new Map(sends.map(({ id, messageId }) => [id, messageId]));
  const carriedAtMs = new Map<string, number>();
  for (const text of carried) {
    const messageId = attempts.get(attemptOf(text) ?? '');
    if (messageId && !carriedAtMs.has(messageId)) carriedAtMs.set(messageId, Date.parse(text.createdAt));
  }
  return new Map(conversations.flatMap((conversation) => answerTimesIn(conversation, carriedAtMs)));
}

function answerTimesIn(
  { messages }: LoggedConversation,
  carriedAtMs: ReadonlyMap<string, number>,
): [string, number][] {
  const answers = messages.flatMap((message) => {
    const count = answeredCount(message);
    const atMs = carriedAtMs.get(message.id);
    return count === undefined || atMs === undefined ? [] : [{ count, atMs }];
  });
  return messages
    .filter(({ direction }) => direction === 'inbound')
    .flatMap(({ text }, index): [string, number][] => {
      const answer = answers.find(({ count }) => count > index);
      return answer ? [[text, answer.atMs]] : [];
    });
}
