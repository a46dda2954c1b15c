import type { SimulatedMessage } from '@parley/local-stack';
import {
  attemptOf,
  type Evidence,
  type InboundRow,
  type LoggedConversation,
  type LoggedMessage,
  type PostedText,
  type SendRow,
} from '../evidence.js';
import type { Fault, Meaning } from '../schedule.js';

/** A text of the schedule, and what became of it. */
export interface WrittenText {
  readonly person: string;
  readonly messageSid: string;
  readonly body: string;
  readonly means: Meaning;
  readonly postedAtMs: number;
  /** By when it was certainly decided on; infinite where its webhook was not acknowledged. */
  readonly decidedByMs: number;
  /** It was found in the carrier's list, by whose clock a START counts only a minute after a STOP. */
  readonly isFromList: boolean;
  readonly row: InboundRow | undefined;
}

/** The evidence, with what is looked up in it by all rules. */
export interface Facts extends Evidence {
  readonly written: readonly WrittenText[];
  readonly writtenBySid: ReadonlyMap<string, WrittenText>;
  /** Whose thread it is, by who wrote in it. */
  readonly personOfThread: ReadonlyMap<string, string>;
  /** Whose conversations they are, by the texts and orders in them; several people in one is a fault. */
  readonly peopleOf: (conversation: LoggedConversation) => readonly string[];
  /** A message's attempts, in the order in which they were queued. */
  readonly sendsOf: (messageId: string) => readonly SendRow[];
  /** What the carrier accepted of an attempt. */
  readonly carriedOf: (sendId: string) => readonly SimulatedMessage[];
  readonly faultsOfSeed: readonly Fault[];
}

export function factsOf(evidence: Evidence): Facts {
  const written = writtenTexts(evidence);
  const writtenBySid = new Map(written.map((text) => [text.messageSid, text]));
  const orderedBy = new Map(evidence.orders.map(({ text, person }) => [text, person]));
  const sends = groupBy(
    evidence.sends.toSorted((one, other) => one.position - other.position),
    ({ messageId }) => messageId ?? '',
  );
  const carried = groupBy(evidence.carried, (text) => attemptOf(text) ?? '');
  return {
    ...evidence,
    written,
    writtenBySid,
    personOfThread: new Map(
      written.flatMap(({ row, person }) => (row?.threadId ? [[row.threadId, person]] : [])),
    ),
    peopleOf: ({ messages }) => [
      ...new Set(
        messages.flatMap(
          ({ messageSid = '', text }) => writtenBySid.get(messageSid)?.person ?? orderedBy.get(text) ?? [],
        ),
      ),
    ],
    sendsOf: (messageId) => sends.get(messageId) ?? [],
    carriedOf: (sendId) => carried.get(sendId) ?? [],
    faultsOfSeed: evidence.schedule.steps.flatMap((step) => (step.kind === 'fault' ? [step.fault] : [])),
  };
}

function writtenTexts({ schedule, texts, inbound, foundInList }: Evidence): WrittenText[] {
  const posted = new Map<string, PostedText>(texts.map((text) => [text.messageSid, text]));
  const rows = new Map(inbound.map((row) => [row.messageSid, row]));
  return schedule.steps.flatMap((step) => {
    if (step.kind !== 'text') return [];
    const { messageSid, body, means } = step;
    const { postedAtMs = Number.POSITIVE_INFINITY, acknowledgedAtMs } = posted.get(messageSid) ?? {};
    return {
      person: schedule.people[step.person]!,
      messageSid,
      body,
      means,
      postedAtMs,
      decidedByMs: acknowledgedAtMs ?? Number.POSITIVE_INFINITY,
      isFromList: foundInList.includes(messageSid),
      row: rows.get(messageSid),
    };
  });
}

export function isInbound({ direction }: Pick<LoggedMessage, 'direction'>): boolean {
  return direction === 'inbound';
}

const APOLOGY = /^I'm sorry, I encountered an error/;

export function isApology({ text }: { readonly text: string }): boolean {
  return APOLOGY.test(text);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
