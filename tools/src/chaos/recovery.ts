import { factsOf, type Facts } from './checks/facts.js';
import { turnsOf } from './checks/turns.js';
import type { Evidence } from './evidence.js';

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
  const facts = factsOf(evidence);
  const answeredAtMs = answerTimes(facts);
  return facts.faults.flatMap(({ name, startedAtMs, endedAtMs }) => {
    const answers = facts.written
      .filter(({ postedAtMs }) => postedAtMs >= startedAtMs - UNDER_WAY_MS && postedAtMs <= endedAtMs)
      .flatMap(({ messageSid }) => answeredAtMs.get(messageSid) ?? [])
      .filter((atMs) => atMs >= startedAtMs);
    return answers.length === 0 ? [] : [{ fault: name, ms: Math.max(...answers) - startedAtMs }];
  });
}

/** How many texts got a reply. */
export function answeredTexts(evidence: Evidence): number {
  return answerTimes(factsOf(evidence)).size;
}

/** When the carrier had the first reply to a text, by the text's sid. */
function answerTimes(facts: Facts): Map<string, number> {
  const times = new Map<string, number>();
  for (const { reply, shown } of facts.conversations.flatMap((conversation) =>
    turnsOf(facts, conversation),
  )) {
    if (!reply) continue;
    const [carried] = facts.sendsOf(reply.id).flatMap(({ id }) => facts.carriedOf(id));
    if (!carried) continue;
    for (const sid of shown) if (!times.has(sid)) times.set(sid, Date.parse(carried.createdAt));
  }
  return times;
}
