import { Injectable } from '@nestjs/common';
import {
  CallInterrupted,
  CallTurnCompleted,
  MessageReceived,
  TurnCompleted,
  type TurnRecord,
} from '@parley/contracts';
import { storableText } from '@parley/dialogue';
import type { MessageId } from '@parley/kernel';
import { afterCommit, Outbox, type OutboxMessage, type Transaction } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { conversationEvent } from '../../../conversations/conversation-event.js';
import { TurnSignals } from '../../../conversations/turn-signals.js';
import { CallLog, type LoggedCall, type CallerMessage, type SpokenTurn } from './call-log.js';

type Event = (eventSeq: number, firstSeq: number) => OutboxMessage;

/**
 * Adds each ledger entry of a call to the log once. Entries arrive with the request for a turn and as facts. If the
 * caller heard a reply, the texts in its prompt count as answered.
 */
@Injectable()
export class MergeTurns {
  constructor(
    private readonly calls: CallLog,
    private readonly outbox: Outbox,
    private readonly signals: TurnSignals,
  ) {}

  /** Adds the entries that the log lacks. The transaction must have locked the conversation. */
  async execute(tx: Transaction, call: LoggedCall, records: readonly TurnRecord[]): Promise<void> {
    for (const record of records.toSorted((a, b) => a.turnNo - b.turnNo)) {
      await this.#merge(tx, call, storable(record));
    }
    if (await this.calls.releaseLane(tx, call.callId)) afterCommit(tx, () => this.signals.turnDue());
  }

  /**
   * Adds the person's words of a turn in progress to the log before a tool of the turn adds a message. The
   * transaction must have locked the conversation.
   */
  async addRequest(
    tx: Transaction,
    call: LoggedCall,
    { turnNo, turnId, said }: Pick<TurnRecord, 'turnNo' | 'turnId' | 'said'>,
  ): Promise<void> {
    const text = storableText(said).trim();
    if (text === '' || (await this.calls.hasCallerMessage(tx, call.callId, turnNo))) return;
    const request = { messageId: newId('msg'), text, receivedAt: new Date() };
    const turn = { turnNo, turnId, said: request, reply: undefined };
    const { firstSeq, firstEventSeq } = await this.calls.append(tx, call, turn, 1);
    await this.outbox.add(tx, receivedEvent(call, request)(firstEventSeq, firstSeq));
  }

  async #merge(tx: Transaction, call: LoggedCall, record: TurnRecord): Promise<void> {
    const merged = await this.calls.markMerged(tx, call.callId, record.turnNo, record.turnId);
    if (!merged) return;
    const { textsThroughSeq, callerMessageId } = merged;
    const isAnswer = record.reply?.kind === 'answer' && record.reply.heardText !== '';
    const endedTexts =
      isAnswer && textsThroughSeq !== undefined
        ? await this.calls.endTexts(tx, call.conversationId, textsThroughSeq)
        : undefined;
    const turn = spokenTurnOf(record, callerMessageId);
    const said = callerMessageId ? undefined : turn.said;
    if (turn.said && !said) await this.calls.correctCallerMessage(tx, turn.said);
    const received = said ? [receivedEvent(call, said)] : [];
    const events = [...received, ...eventsOf(call, record, turn, endedTexts)];
    const { firstSeq, firstEventSeq } = await this.calls.append(tx, call, { ...turn, said }, events.length);
    await this.outbox.add(tx, ...events.map((event, index) => event(firstEventSeq + index, firstSeq)));
  }
}

/** Returns the record with texts that Postgres can store. */
function storable(record: TurnRecord): TurnRecord {
  const { said, reply } = record;
  return {
    ...record,
    said: storableText(said).trim(),
    ...(reply && {
      reply: {
        ...reply,
        text: storableText(reply.text).trim(),
        heardText: storableText(reply.heardText).trim(),
      },
    }),
  };
}

/** Returns what a ledger entry adds to the log. An echo is left out, because it is the agent's own voice. */
function spokenTurnOf(
  { turnNo, turnId, said, reply, noReplyReason, timings, endedAt }: TurnRecord,
  callerMessageId: MessageId = newId('msg'),
): SpokenTurn {
  const isSaid = said !== '' && noReplyReason !== 'echo';
  const receivedAt = new Date(timings.speechEndAt ?? endedAt);
  return {
    turnNo,
    turnId,
    said: isSaid ? { messageId: callerMessageId, text: said, receivedAt } : undefined,
    reply:
      reply && reply.text !== ''
        ? { messageId: newId('msg'), text: reply.text, heardText: reply.heardText }
        : undefined,
  };
}

function receivedEvent(
  { conversationId }: LoggedCall,
  { messageId, text, receivedAt }: CallerMessage,
): Event {
  return (eventSeq, seq) =>
    conversationEvent(MessageReceived, eventSeq, {
      conversationId,
      messageId,
      seq,
      channel: 'voice',
      author: 'contact',
      text,
      receivedAt: receivedAt.toISOString(),
    });
}

function eventsOf(
  { conversationId, callId }: LoggedCall,
  { turnNo, turnId, reply, noReplyReason, timings, endedAt }: TurnRecord,
  spoken: SpokenTurn,
  endedTexts: Awaited<ReturnType<CallLog['endTexts']>>,
): Event[] {
  const events: Event[] = [];
  const { said } = spoken;
  const about = { conversationId, callId, turnId, turnNo };
  if (reply?.cutBy === 'barge-in') {
    const { text, heardText } = reply;
    events.push((eventSeq) =>
      conversationEvent(CallInterrupted, eventSeq, { ...about, text, heardText, occurredAt: endedAt }),
    );
  }
  events.push((eventSeq) =>
    conversationEvent(CallTurnCompleted, eventSeq, {
      ...about,
      ...(said && { said: { messageId: said.messageId, text: said.text } }),
      ...(reply &&
        spoken.reply && { reply: withKnownValues({ ...reply, messageId: spoken.reply.messageId }) }),
      ...(noReplyReason && noReplyReason !== 'unknown' && { noReplyReason }),
      timings,
      occurredAt: endedAt,
    }),
  );
  if (endedTexts) {
    events.push((eventSeq) =>
      conversationEvent(TurnCompleted, eventSeq, {
        conversationId,
        ...endedTexts,
        outcome: 'no-reply',
        completedAt: endedAt,
      }),
    );
  }
  return events;
}

/**
 * Replaces an unknown kind and drops an unknown reason of a newer release, because events may contain only
 * known values.
 */
function withKnownValues<R extends { kind: string; cutBy?: string | undefined }>(reply: R): R {
  const { cutBy, ...rest } = reply;
  const kind = reply.kind === 'unknown' ? 'answer' : reply.kind;
  return { ...rest, kind, ...(cutBy && cutBy !== 'unknown' && { cutBy }) } as R;
}
