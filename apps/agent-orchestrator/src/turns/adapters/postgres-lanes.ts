import { Inject, Injectable } from '@nestjs/common';
import { defaultTextsIn } from '@parley/contracts';
import type { ConversationId, LaneId, MessageId, ThreadId, TurnId } from '@parley/kernel';
import { Database, type DueQuery, rows, type Transaction } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { randomUUID } from 'node:crypto';
import { type ChannelName, Channels } from '../../channels/channel.js';
import { lockConversation } from '../../conversations/adapters/conversation-lock.js';
import {
  LOGGED_MESSAGE_COLUMNS,
  loggedMessageOf,
  type LoggedMessageRow,
} from '../../conversations/adapters/logged-message.js';
import { earlierMessages, seenAfter } from '../../conversations/adapters/visible-messages.js';
import type { TextRecipients } from '../../intents/intent-scene.js';
import { RECOVERY_TIMES, type RecoveryTimes } from '../../recovery-times.js';
import { ageMs, NEXT_DUE_AT, END_TURN, isDue } from './lane-statements.js';
import {
  Lanes,
  type Claim,
  type DueLanes,
  type LeasedTurn,
  type Reply,
  type ReplyKind,
  type TurnContext,
  type EndedTurn,
} from '../lanes.js';

@Injectable()
export class PostgresLanes extends Lanes {
  constructor(
    private readonly database: Database,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
    private readonly channels: Channels,
  ) {
    super();
  }

  override dueAt(): DueQuery {
    return { sql: NEXT_DUE_AT, values: [this.times.callLaneSilentMs] };
  }

  /**
   * Finds and locks without a write: the first write gives a transaction its id, and the transaction must have all its
   * locks before that. Without MATERIALIZED, Postgres would also lock rows beyond the limit.
   */
  override async lockDue(tx: Transaction, limit: number): Promise<DueLanes> {
    const due = await rows<{ id: LaneId; locked: boolean }>(
      tx,
      `WITH due AS MATERIALIZED (
         SELECT id, conversation_id FROM lane WHERE ${isDue('$2')} ORDER BY turn_due_at LIMIT $1
       )
       SELECT id, pg_try_advisory_xact_lock(hashtextextended(conversation_id, 0)) AS locked FROM due`,
      [limit, this.times.callLaneSilentMs],
    );
    const locked = due.filter((lane) => lane.locked).map(({ id }) => id);
    return { locked, busy: due.length - locked.length };
  }

  override async lease(tx: Transaction, laneIds: readonly LaneId[]): Promise<Claim[]> {
    const leased = await rows<LeaseRow>(
      tx,
      `WITH leased AS (
         UPDATE lane
         SET lease_token = fresh.lease_token,
             lease_until = clock_timestamp() + $4 * interval '1 millisecond',
             turn_id = coalesce(lane.turn_id, fresh.turn_id),
             turn_attempts = lane.turn_attempts + 1
         FROM unnest($1::text[], $2::text[], $3::uuid[]) AS fresh (lane_id, turn_id, lease_token),
              message AS newest
         WHERE lane.id = fresh.lane_id AND ${isDue('$5')}
           AND newest.conversation_id = lane.conversation_id
           AND newest.seq = coalesce(lane.acted_seq, lane.last_inbound_seq)
         RETURNING lane.id, lane.conversation_id, lane.lease_token, newest.seq AS read_seq, newest.channel,
                   lane.turn_id, lane.turn_id = fresh.turn_id AS started, lane.turn_attempts, lane.turn_reruns,
                   lane.acted_seq IS NOT NULL AS has_used_tool,
                   ${ageMs('lane.turn_due_at')} AS first_age_ms, ${ageMs('newest.created_at')} AS newest_age_ms
       ), numbered AS (
         UPDATE conversation SET event_seq = event_seq + 1 FROM leased
         WHERE conversation.id = leased.conversation_id AND leased.started
         RETURNING conversation.id, event_seq
       )
       SELECT leased.id AS "laneId", conversation_id AS "conversationId", turn_id AS "turnId", lease_token AS "leaseToken",
              read_seq AS "readSeq", channel, has_used_tool AS "hasUsedTool", turn_attempts AS attempt,
              turn_reruns AS reruns, first_age_ms AS "firstAgeMs", newest_age_ms AS "newestAgeMs",
              numbered.event_seq AS "startedEventSeq"
       FROM leased LEFT JOIN numbered ON numbered.id = leased.conversation_id AND leased.started`,
      [
        laneIds,
        laneIds.map(() => newId('turn')),
        laneIds.map(() => randomUUID()),
        this.times.leaseMs,
        this.times.callLaneSilentMs,
      ],
    );
    const nowMs = performance.now();
    return leased.map((row) => claimOf(row, nowMs));
  }

  override async renew(turns: readonly LeasedTurn[]): Promise<ReadonlyMap<string, number>> {
    const renewed = await this.database.rows<{ leaseToken: string; lastInboundSeq: number }>(
      `UPDATE lane SET lease_until = clock_timestamp() + $3 * interval '1 millisecond'
       FROM unnest($1::text[], $2::uuid[]) AS held (lane_id, lease_token)
       WHERE lane.id = held.lane_id AND lane.lease_token = held.lease_token
       RETURNING lane.lease_token AS "leaseToken", lane.last_inbound_seq AS "lastInboundSeq"`,
      [turns.map(({ laneId }) => laneId), turns.map(({ leaseToken }) => leaseToken), this.times.leaseMs],
    );
    return new Map(renewed.map((row) => [row.leaseToken, row.lastInboundSeq]));
  }

  override async contextOf(turn: LeasedTurn, maxMessages: number): Promise<TurnContext> {
    const recent = await this.database.rows<ContextRow>(
      `SELECT agent.system_prompt AS "systemPrompt", agent.texts ->> 'apology' AS apology, agent.tools,
              agent.verification_required AS "isVerificationRequired", agent.send_sms_recipients AS recipients,
              conversation.contact_id AS "contactId", ${LOGGED_MESSAGE_COLUMNS},
              message.id AS "messageId", message.thread_id AS "threadId",
              EXISTS (SELECT 1 FROM typed_code WHERE typed_code.message_id = message.id) AS "hasCode",
              answered.channel AS "answeredChannel", answered.thread_id AS "answeredThreadId"
       FROM lane
       JOIN conversation ON conversation.id = lane.conversation_id
       JOIN agent ON agent.id = conversation.agent_id
       JOIN message AS answered ON answered.conversation_id = lane.conversation_id AND answered.seq = $2
       LEFT JOIN thread ON thread.id = answered.thread_id
       CROSS JOIN LATERAL (
         SELECT lane.conversation_id, lane.answered_seq, $2::integer AS through_seq,
                ${seenAfter('thread.identity_id', 'lane.conversation_id')} AS seen_after
       ) AS open
       CROSS JOIN LATERAL (
         (SELECT * FROM message
          WHERE conversation_id = lane.conversation_id AND seq > open.seen_after
            AND (seq <= $2 OR author <> 'contact' OR call_id IS NOT NULL)
          ORDER BY seq DESC LIMIT $3)
         UNION
         (SELECT * FROM message
          WHERE conversation_id = lane.conversation_id AND seq > open.answered_seq AND seq <= $2
            AND author = 'contact' AND call_id IS NULL AND answered_by IS NULL
          ORDER BY seq DESC LIMIT $3)
         UNION ALL
         (${earlierMessages('thread.identity_id', 'conversation', '$3')})
       ) AS message
       WHERE lane.id = $1
       ORDER BY message.conversation_id = lane.conversation_id DESC, message.conversation_id DESC, message.seq DESC`,
      [turn.laneId, turn.readSeq, maxMessages],
    );
    const [newest] = recent;
    if (!newest?.answeredThreadId)
      throw new Error(
        `Turn ${turn.turnId} has no text to answer: message ${turn.readSeq} is missing or is not a text`,
      );
    return {
      systemPrompt: newest.systemPrompt,
      apology: newest.apology ?? defaultTextsIn('en').textApology,
      channel: this.channels.texting(newest.answeredChannel),
      threadId: newest.answeredThreadId,
      contactId: newest.contactId,
      tools: newest.tools,
      isVerificationRequired: newest.isVerificationRequired,
      recipients: newest.recipients,
      unanswered: recent
        .filter((row) => row.isUnanswered && row.threadId === newest.answeredThreadId)
        .map(({ messageId, seq, text, hasCode }) => ({ messageId, seq, text, hasCode }))
        .toReversed(),
      log: recent.toReversed().map((row) => loggedMessageOf(row, this.channels)),
    };
  }

  override async beginToolUse(
    tx: Transaction,
    turn: LeasedTurn,
    evenIfSuperseded: boolean,
  ): Promise<boolean> {
    const [, begun] = await Promise.all([
      lockConversation(tx, turn.conversationId),
      rows(
        tx,
        `UPDATE lane SET acted_seq = $3
         WHERE id = $1 AND lease_token = $2 AND (last_inbound_seq = $3 OR acted_seq = $3 OR $4::boolean)
           AND control = 'agent' RETURNING 1`,
        [turn.laneId, turn.leaseToken, turn.readSeq, evenIfSuperseded],
      ),
    ]);
    return begun.length > 0;
  }

  override async hasSent(
    tx: Transaction,
    conversationId: ConversationId,
    kind: Exclude<ReplyKind, 'answer'>,
    withinMs: number,
  ): Promise<boolean> {
    const [, found] = await Promise.all([
      lockConversation(tx, conversationId),
      rows(
        tx,
        // The kind is not a parameter, so that Postgres can use the partial index of this kind.
        `SELECT 1 FROM message WHERE conversation_id = $1 AND kind = '${kind}'
           AND created_at > clock_timestamp() - $2 * interval '1 millisecond' LIMIT 1`,
        [conversationId, withinMs],
      ),
    ]);
    return found.length > 0;
  }

  override async end(
    tx: Transaction,
    turn: LeasedTurn,
    reply: Reply | undefined,
    events: number,
    evenIfSuperseded: boolean,
  ): Promise<EndedTurn | undefined> {
    const [, [ended]] = await Promise.all([
      lockConversation(tx, turn.conversationId),
      rows<{ messageSeq: number; eventSeq: number; isMoreDue: boolean; follows: MessageId | null }>(
        tx,
        END_TURN,
        [
          turn.laneId,
          turn.leaseToken,
          turn.readSeq,
          evenIfSuperseded,
          events,
          reply?.messageId ?? null,
          reply?.channel ?? null,
          reply?.kind ?? null,
          reply?.text ?? null,
          reply?.threadId ?? null,
          turn.turnId,
        ],
      ),
    ]);
    return (
      ended && {
        firstEventSeq: ended.eventSeq - events + 1,
        isMoreDue: ended.isMoreDue,
        ...(reply && { seq: ended.messageSeq, follows: ended.follows ?? undefined }),
      }
    );
  }

  override async giveBack(tx: Transaction, turn: LeasedTurn, isRerun: boolean): Promise<boolean> {
    const [, released] = await Promise.all([
      lockConversation(tx, turn.conversationId),
      rows(
        tx,
        `UPDATE lane SET lease_token = NULL, lease_until = NULL, turn_attempts = greatest(turn_attempts - 1, 0),
                         turn_reruns = turn_reruns + $3
         WHERE id = $1 AND lease_token = $2 RETURNING 1`,
        [turn.laneId, turn.leaseToken, isRerun ? 1 : 0],
      ),
    ]);
    return released.length > 0;
  }
}

interface LeaseRow {
  readonly laneId: LaneId;
  readonly conversationId: ConversationId;
  readonly turnId: TurnId;
  readonly leaseToken: string;
  readonly readSeq: number;
  hasUsedTool: boolean;
  readonly attempt: number;
  readonly reruns: number;
  channel: ChannelName;
  readonly firstAgeMs: number;
  readonly newestAgeMs: number;
  /** Null unless this is the first lease of the turn. */
  readonly startedEventSeq: number | null;
}

interface ContextRow extends LoggedMessageRow {
  readonly systemPrompt: string;
  readonly apology: string | null;
  readonly tools: string[];
  readonly isVerificationRequired: boolean;
  readonly recipients: TextRecipients;
  readonly messageId: MessageId;
  readonly threadId: ThreadId | null;
  /** Whether the text masks a code. */
  readonly hasCode: boolean;
  readonly contactId: TurnContext['contactId'];
  readonly answeredChannel: ChannelName;
  readonly answeredThreadId: ThreadId | null;
}

function claimOf(
  { firstAgeMs, newestAgeMs, reruns, startedEventSeq, ...turn }: LeaseRow,
  nowMs: number,
): Claim {
  return {
    ...turn,
    burst: { firstAtMs: nowMs - firstAgeMs, newestAtMs: nowMs - newestAgeMs, reruns },
    ...(startedEventSeq !== null && { started: { eventSeq: startedEventSeq } }),
  };
}
