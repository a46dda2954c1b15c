import type { CallOrigin } from '@parley/contracts';
import { isCallOver, raisesCallState, seesHistory, type CallState } from '@parley/dialogue';
import type { CallId, ConversationId, MessageId, TurnId } from '@parley/kernel';
import { Database, rows, type Transaction } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { lockConversation } from '../../../../conversations/adapters/conversation-lock.js';
import { openConversation } from '../../../../conversations/adapters/open-conversation.js';
import type { AddressColumns } from '../../../../conversations/adapters/address-columns.js';
import type { ChannelName, Channels } from '../../../channel.js';
import type { OpenedThread } from '../../../../conversations/conversation-log.js';
import type { RecoveryTimes } from '../../../../recovery-times.js';
import {
  CallLog,
  type CallContext,
  type LoggedCall,
  type CallLease,
  type MarkedTurn,
  type FirstNumbers,
  type CallerMessage,
  type SpokenTurn,
} from '../call-log.js';
import { CALL_CONTEXT, callContextFrom, type CallContextRow } from './call-context.js';

export class PostgresCallLog extends CallLog {
  constructor(
    private readonly database: Database,
    private readonly addresses: AddressColumns,
    private readonly times: Pick<RecoveryTimes, 'leaseMs'>,
    private readonly channels: Channels,
  ) {
    super();
  }

  override async find(callId: CallId): Promise<LoggedCall | undefined> {
    const [found] = await this.database.rows<CallRow>(
      `SELECT call.conversation_id AS "conversationId", call.lane_id AS "laneId", call.direction,
              lane.takes_texts AS "seesHistory", conversation.contact_id AS "contactId",
              conversation.agent_id AS "agentId", agent.voice #>> '{languages,0}' AS language
       FROM call
       JOIN conversation ON conversation.id = call.conversation_id
       JOIN lane ON lane.id = call.lane_id
       JOIN agent ON agent.id = conversation.agent_id
       WHERE call.id = $1`,
      [callId],
    );
    return found && { ...found, callId, language: found.language ?? undefined };
  }

  override async openCall(tx: Transaction, origin: CallOrigin): Promise<OpenedThread | undefined> {
    const { callId, contactNumber, lineNumber, agentId } = origin;
    await rows(tx, 'SELECT pg_advisory_xact_lock(hashtextextended($1, 2))', [callId]);
    const known = await rows(tx, 'SELECT 1 FROM call WHERE id = $1', [callId]);
    if (known.length > 0) return undefined;
    const identity = contactNumber && { kind: 'phone' as const, value: contactNumber };
    const correspondents = { identity, agentId, line: lineNumber };
    const opened = await openConversation(tx, this.addresses, correspondents);
    const { conversation } = opened;
    const takesTexts = seesHistory(origin, conversation.callerIdTrust);
    await rows(
      tx,
      `WITH lane AS (INSERT INTO lane (id, conversation_id, kind, takes_texts) VALUES ($2, $3, 'voice', $4))
       INSERT INTO call (id, conversation_id, lane_id, direction, started_at, identity_id)
       VALUES ($1, $3, $2, $5, $6, $7)`,
      [
        callId,
        newId('lane'),
        conversation.conversationId,
        takesTexts,
        origin.direction === 'outbound' ? 'outbound' : 'inbound',
        new Date(origin.startedAt),
        conversation.identityId ?? null,
      ],
    );
    return opened;
  }

  override lock(tx: Transaction, conversationId: ConversationId): Promise<void> {
    return lockConversation(tx, conversationId);
  }

  override async holdLane(tx: Transaction, callId: CallId, laneToken: string) {
    const held = await rows(tx, `${HOLD_LANES} RETURNING 1`, [[callId], [laneToken], this.times.leaseMs]);
    if (held.length > 0) return 'held';
    const [call] = await rows<{ state: CallState }>(tx, 'SELECT state FROM call WHERE id = $1', [callId]);
    return call && isCallOver(call.state) ? 'call-over' : 'lane-lost';
  }

  override async renew(leases: readonly CallLease[]): Promise<void> {
    await this.database.rows(HOLD_LANES, [
      leases.map(({ callId }) => callId),
      leases.map(({ laneToken }) => laneToken),
      this.times.leaseMs,
    ]);
  }

  override async beginTurn(
    tx: Transaction,
    { callId, conversationId, seesHistory: seesTexts }: LoggedCall,
    turnNo: number,
    turnId: TurnId,
  ): Promise<void> {
    await rows(
      tx,
      `INSERT INTO call_turn (call_id, turn_no, turn_id, texts_through_seq)
       SELECT $1, $2, $3, CASE WHEN $5::boolean THEN last_inbound_seq END
       FROM lane WHERE conversation_id = $4 AND kind = 'text'
       ON CONFLICT (call_id, turn_no) DO UPDATE
         SET turn_id = excluded.turn_id, texts_through_seq = excluded.texts_through_seq
         WHERE call_turn.merged_at IS NULL`,
      [callId, turnNo, turnId, conversationId, seesTexts],
    );
  }

  override async markMerged(
    tx: Transaction,
    callId: CallId,
    turnNo: number,
    turnId: TurnId,
  ): Promise<MarkedTurn | undefined> {
    const [marked] = await rows<{ textsThroughSeq: number | null; callerMessageId: MessageId | null }>(
      tx,
      `INSERT INTO call_turn (call_id, turn_no, turn_id, merged_at) VALUES ($1, $2, $3, clock_timestamp())
       ON CONFLICT (call_id, turn_no) DO UPDATE SET turn_id = excluded.turn_id, merged_at = excluded.merged_at
         WHERE call_turn.merged_at IS NULL
       RETURNING texts_through_seq AS "textsThroughSeq", (
         SELECT id FROM message WHERE message.call_id = $1 AND call_turn_no = $2 AND direction = 'inbound'
       ) AS "callerMessageId"`,
      [callId, turnNo, turnId],
    );
    if (!marked) return undefined;
    return {
      textsThroughSeq: marked.textsThroughSeq ?? undefined,
      callerMessageId: marked.callerMessageId ?? undefined,
    };
  }

  override async hasCallerMessage(tx: Transaction, callId: CallId, turnNo: number): Promise<boolean> {
    const found = await rows(
      tx,
      `SELECT 1 FROM message WHERE call_id = $1 AND call_turn_no = $2 AND direction = 'inbound'`,
      [callId, turnNo],
    );
    return found.length > 0;
  }

  override async correctCallerMessage(
    tx: Transaction,
    { messageId, text, receivedAt }: CallerMessage,
  ): Promise<void> {
    await rows(tx, 'UPDATE message SET text = $2, received_at = $3 WHERE id = $1', [
      messageId,
      text,
      receivedAt,
    ]);
  }

  override async append(
    tx: Transaction,
    { callId, conversationId, laneId }: LoggedCall,
    { turnNo, turnId, said, reply }: SpokenTurn,
    events: number,
  ): Promise<FirstNumbers> {
    const messages = (said ? 1 : 0) + (reply ? 1 : 0);
    const [numbered] = await rows<{ messageSeq: number; eventSeq: number }>(
      tx,
      `WITH numbered AS (
         UPDATE conversation
         SET message_seq = message_seq + $2, event_seq = event_seq + $3, updated_at = clock_timestamp()
         WHERE id = $1 RETURNING message_seq, event_seq
       ), spoken AS (
         INSERT INTO message (id, conversation_id, seq, channel, direction, author, kind, text, status,
                              failure_reason, heard_text, received_at, lane_id, turn_id, call_id, call_turn_no)
         SELECT new.id, $1, numbered.message_seq - $2 + new.nth, 'voice', direction, author, kind, text, status,
                failure_reason, heard_text, received_at, $4, $5, $6, $7
         FROM numbered, (
           SELECT $8::text AS id, 1 AS nth, 'inbound' AS direction, 'contact' AS author, 'inbound' AS kind,
                  $9::text AS text, 'received' AS status, NULL AS failure_reason, NULL AS heard_text,
                  $10::timestamptz AS received_at
           UNION ALL
           SELECT $11::text, $2::integer, 'outbound', 'agent', 'spoken', $12::text,
                  CASE WHEN $13::text = '' THEN 'undelivered' ELSE 'delivered' END,
                  CASE WHEN $13::text = '' THEN 'not-heard' END, $13::text, NULL
         ) AS new
         WHERE new.id IS NOT NULL
       )
       SELECT message_seq AS "messageSeq", event_seq AS "eventSeq" FROM numbered`,
      [
        conversationId,
        messages,
        events,
        laneId,
        turnId,
        callId,
        turnNo,
        said?.messageId ?? null,
        said?.text ?? null,
        said?.receivedAt ?? null,
        reply?.messageId ?? null,
        reply?.text ?? null,
        reply?.heardText ?? null,
      ],
    );
    return {
      firstSeq: numbered!.messageSeq - messages + 1,
      firstEventSeq: numbered!.eventSeq - events + 1,
    };
  }

  override async endTexts(tx: Transaction, conversationId: ConversationId, throughSeq: number) {
    const [ended] = await rows<{ turnId: TurnId | null; channel: ChannelName }>(
      tx,
      `WITH before AS (
         SELECT lane.id, lane.turn_id, lane.last_inbound_seq <= $2 AS all_are, newest.channel
         FROM lane
         JOIN message AS newest ON newest.conversation_id = lane.conversation_id AND newest.seq = $2
         WHERE lane.conversation_id = $1 AND lane.kind = 'text' AND lane.answered_seq < $2
       )
       UPDATE lane
       SET answered_seq = $2,
           turn_due_at = CASE WHEN NOT all_are THEN lane.turn_due_at END,
           acted_seq = CASE WHEN NOT all_are THEN lane.acted_seq END,
           turn_id = CASE WHEN NOT all_are THEN lane.turn_id END,
           turn_attempts = CASE WHEN all_are THEN 0 ELSE lane.turn_attempts END,
           turn_reruns = CASE WHEN all_are THEN 0 ELSE lane.turn_reruns END,
           lease_token = CASE WHEN NOT all_are THEN lane.lease_token END,
           lease_until = CASE WHEN NOT all_are THEN lane.lease_until END
       FROM before WHERE lane.id = before.id
       RETURNING CASE WHEN all_are THEN before.turn_id END AS "turnId", channel`,
      [conversationId, throughSeq],
    );
    return ended?.turnId ? { turnId: ended.turnId, channel: ended.channel } : undefined;
  }

  override async contextOf(
    call: LoggedCall,
    turnId: TurnId,
    maxMessages: number,
    tx?: Transaction,
  ): Promise<CallContext> {
    const parameters = [call.callId, maxMessages, turnId];
    const found = await (tx
      ? rows<CallContextRow>(tx, CALL_CONTEXT, parameters)
      : this.database.rows<CallContextRow>(CALL_CONTEXT, parameters));
    return callContextFrom(found, call.callId, this.channels);
  }

  override async raiseState(
    tx: Transaction,
    { callId, conversationId }: LoggedCall,
    state: CallState,
    turnCount: number | undefined,
  ): Promise<{ eventSeq: number } | undefined> {
    const [call] = await rows<{ state: CallState }>(tx, 'SELECT state FROM call WHERE id = $1', [callId]);
    if (!call || !raisesCallState(call.state, state)) return undefined;
    const [numbered] = await rows<{ eventSeq: number }>(
      tx,
      `WITH raised AS (UPDATE call SET state = $3, turn_count = $4 WHERE id = $2)
       UPDATE conversation SET event_seq = event_seq + 1, updated_at = clock_timestamp()
       WHERE id = $1 RETURNING event_seq AS "eventSeq"`,
      [conversationId, callId, state, turnCount ?? null],
    );
    return numbered;
  }

  override async releaseLane(tx: Transaction, callId: CallId): Promise<boolean> {
    const released = await rows(
      tx,
      `UPDATE lane SET lease_token = NULL, lease_until = NULL
       FROM call
       WHERE call.id = $1 AND lane.id = call.lane_id AND call.state IN ('ended', 'failed')
         AND lane.lease_token IS NOT NULL
         AND (SELECT count(*) FROM call_turn WHERE call_id = $1 AND merged_at IS NOT NULL) >= coalesce(call.turn_count, 0)
       RETURNING 1`,
      [callId],
    );
    return released.length > 0;
  }
}

/**
 * SQL: leases the lanes of calls that are not over, each under its call's token, unless another token holds the lane.
 * Without FOR SHARE, a renewal that waited for a lane's release would still read that the call is not over.
 */
const HOLD_LANES = `
  WITH held AS (
    SELECT call.lane_id, token.lane_token
    FROM unnest($1::text[], $2::uuid[]) AS token (call_id, lane_token)
    JOIN call ON call.id = token.call_id
    WHERE call.state NOT IN ('ended', 'failed')
    FOR SHARE OF call
  )
  UPDATE lane
  SET lease_token = held.lane_token, lease_until = clock_timestamp() + $3 * interval '1 millisecond'
  FROM held
  WHERE lane.id = held.lane_id AND lane.control = 'agent'
    AND (lane.lease_token IS NULL OR lane.lease_token = held.lane_token)`;

interface CallRow extends Omit<LoggedCall, 'callId' | 'language'> {
  readonly language: string | null;
}
