import type { SimulatedMessage } from '@parley/local-stack';
import {
  sendAttemptOf,
  type Evidence,
  type InboundRow,
  type LoggedConversation,
  type LoggedMessage,
  type PostedText,
  type SendRow,
} from '../evidence.js';
import type { Fault, TextMeaning } from '../schedule.js';

/** A text of the schedule with the gateway's decision about it. */
export interface WrittenText {
  readonly person: string;
  readonly messageSid: string;
  readonly body: string;
  readonly means: TextMeaning;
  readonly postedAtMs: number;
  /** The latest time at which the gateway may have decided; infinite if the webhook was not acknowledged. */
  readonly decidedByMs: number;
  /**
   * Whether the gateway found the text in the carrier's list. By the times of that list, a START takes effect only a
   * minute after a STOP.
   */
  readonly isFromList: boolean;
  readonly row: InboundRow | undefined;
}

/** The evidence, with indexes for the rules. */
export interface IndexedEvidence extends Evidence {
  readonly written: readonly WrittenText[];
  readonly writtenBySid: ReadonlyMap<string, WrittenText>;
  /** The person who texted in each thread. */
  readonly personOfThread: ReadonlyMap<string, string>;
  /** The people whose texts or operator messages are in the conversation; more than one is a violation. */
  readonly peopleOf: (conversation: LoggedConversation) => readonly string[];
  /** The send attempts of a message, in queue order. */
  readonly sendsOf: (messageId: string) => readonly SendRow[];
  /** The texts that the carrier accepted for a send attempt. */
  readonly acceptedTextsOf: (sendId: string) => readonly SimulatedMessage[];
  readonly faultsOfSeed: readonly Fault[];
}

export function indexEvidence(evidence: Evidence): IndexedEvidence {
  const written = writtenTexts(evidence);
  const writtenBySid = new Map(written.map((text) => [text.messageSid, text]));
  const recipientOf = new Map(evidence.operatorMessages.map(({ text, person }) => [text, person]));
  const sends = groupBy(
    evidence.sends.toSorted((one, other) => one.position - other.position),
    ({ messageId }) => messageId ?? '',
  );
  const acceptedTexts = groupBy(evidence.acceptedTexts, (text) => sendAttemptOf(text) ?? '');
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
          ({ messageSid = '', text }) => writtenBySid.get(messageSid)?.person ?? recipientOf.get(text) ?? [],
        ),
      ),
    ],
    sendsOf: (messageId) => sends.get(messageId) ?? [],
    acceptedTextsOf: (sendId) => acceptedTexts.get(sendId) ?? [],
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
