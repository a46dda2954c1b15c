import { Injectable } from '@nestjs/common';
import {
  CallAnswered,
  CallEnded,
  CallFailed,
  CallInitiated,
  CallRinging,
  type CallStateChanged,
} from '@parley/contracts';
import { assertNever } from '@parley/kernel';
import {
  afterCommit,
  Inbox,
  Outbox,
  type OutboxMessage,
  type Receipt,
  Transactions,
} from '@parley/persistence';
import { conversationEvent } from '../../../conversations/conversation-event.js';
import { TurnSignals } from '../../../conversations/turn-signals.js';
import { CallLog, type LoggedCall } from './call-log.js';
import { OpenCall } from './open-call.js';
import { textAfterCall } from './text-after-call.js';

export type CallStateOutcome =
  { kind: 'raised' } | { kind: 'ignored'; reason: 'unknown-state' | 'event-seen-before' | 'not-further' };

/**
 * Raises a call's state as the voice-bridge reports it, and publishes the new state. The end of a call makes
 * its texts due again. If a vendor was unavailable, the caller gets an apology by text.
 */
@Injectable()
export class RecordCallState {
  constructor(
    private readonly transactions: Transactions,
    private readonly inbox: Inbox,
    private readonly outbox: Outbox,
    private readonly calls: CallLog,
    private readonly openCall: OpenCall,
    private readonly signals: TurnSignals,
  ) {}

  async execute(report: CallStateChanged, { consumer, eventId }: Receipt): Promise<CallStateOutcome> {
    const call = await this.openCall.execute(report);
    return this.transactions.run<CallStateOutcome>(async (tx) => {
      await this.calls.lock(tx, call.conversationId);
      if (!(await this.inbox.once(tx, consumer, eventId))) {
        return { kind: 'ignored', reason: 'event-seen-before' };
      }
      const { state } = report;
      if (state === 'unknown') return { kind: 'ignored', reason: 'unknown-state' };
      const raised = await this.calls.raiseState(tx, call, state, report.turnCount);
      if (!raised) return { kind: 'ignored', reason: 'not-further' };
      await this.outbox.add(tx, eventOf({ ...report, state }, call, raised.eventSeq));
      const text = textAfterCall(report, call, new Date());
      if (text) await this.outbox.add(tx, text);
      if (await this.calls.releaseLane(tx, call.callId)) afterCommit(tx, () => this.signals.turnDue());
      return { kind: 'raised' };
    });
  }
}

type KnownReport = CallStateChanged & { state: Exclude<CallStateChanged['state'], 'unknown'> };

function eventOf(report: KnownReport, call: LoggedCall, eventSeq: number): OutboxMessage {
  const { conversationId, callId, contactId, agentId, direction } = call;
  const { state, durationMs, occurredAt } = report;
  const about = { conversationId, callId, contactId, agentId, direction, occurredAt };
  const reason = report.reason && report.reason !== 'unknown' ? { reason: report.reason } : {};
  switch (state) {
    case 'initiated':
      return conversationEvent(CallInitiated, eventSeq, about);
    case 'ringing':
      return conversationEvent(CallRinging, eventSeq, about);
    case 'answered':
      return conversationEvent(CallAnswered, eventSeq, about);
    case 'failed':
      return conversationEvent(CallFailed, eventSeq, { ...about, ...reason });
    case 'ended':
      return conversationEvent(CallEnded, eventSeq, {
        ...about,
        ...reason,
        ...(durationMs !== undefined && { durationMs }),
      });
    default:
      return assertNever(state);
  }
}
