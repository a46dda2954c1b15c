import { indexEvidence, type IndexedEvidence } from './checks/facts.js';
import { turnsOf } from './checks/turns.js';
import type { Evidence } from './evidence.js';

/** Time from the start of a fault to the last reply that the fault delayed. */
export interface Recovery {
  readonly fault: string;
  readonly ms: number;
}

/** A text posted this long before a fault may still be in progress when the fault starts. */
const IN_PROGRESS_MS = 1_000;

/**
 * Returns for each fault the time from its start until the carrier accepted the replies to all texts posted during it
 * or just before. That includes the duration of the fault and of simultaneous faults.
 */
export function recoveriesIn(evidence: Evidence): Recovery[] {
  const facts = indexEvidence(evidence);
  const answeredAtMs = answerTimes(facts);
  return facts.faults.flatMap(({ name, startedAtMs, endedAtMs }) => {
    const answers = facts.written
      .filter(({ postedAtMs }) => postedAtMs >= startedAtMs - IN_PROGRESS_MS && postedAtMs <= endedAtMs)
      .flatMap(({ messageSid }) => answeredAtMs.get(messageSid) ?? [])
      .filter((atMs) => atMs >= startedAtMs);
    return answers.length === 0 ? [] : [{ fault: name, ms: Math.max(...answers) - startedAtMs }];
  });
}

/** Counts the texts that got a reply. */
export function answeredTexts(evidence: Evidence): number {
  return answerTimes(indexEvidence(evidence)).size;
}

/** Returns when the carrier accepted the first reply, by the SID of the text. */
function answerTimes(facts: IndexedEvidence): Map<string, number> {
  const times = new Map<string, number>();
  for (const { reply, shown } of facts.conversations.flatMap((conversation) =>
    turnsOf(facts, conversation),
  )) {
    if (!reply) continue;
    const [text] = facts.sendsOf(reply.id).flatMap(({ id }) => facts.acceptedTextsOf(id));
    if (!text) continue;
    for (const sid of shown) if (!times.has(sid)) times.set(sid, Date.parse(text.createdAt));
  }
  return times;
}
