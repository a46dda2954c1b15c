import { Injectable } from '@nestjs/common';
import { statusesBelow } from '@parley/dialogue';
import type { ContactId, ConversationId, E164, LaneId, MessageId, ThreadId } from '@parley/kernel';
import { Database, rows, type Transaction } from '@parley/persistence';
import type { ChannelName, Identity, IdentityKind } from '../../channels/channel.js';
import {
  ConversationLog,
  type AddedMessage,
  type ThreadToAdd,
  type AppendedInboundMessage,
  type AppendedOutboundMessage,
  type ConversationFlag,
  type InboundMessage,
  type LockedThread,
  type ThreadToOpen,
  type OpenedThread,
  type RaisedStatus,
  type ReachableContact,
  type StatusToRaise,
  type TextLane,
  type ThreadLane,
  type ThreadOnLine,
} from '../conversation-log.js';
import { lockConversation } from './conversation-lock.js';
import { openConversation } from './open-conversation.js';
import { CURRENT_THREAD, hasPendingVerification, insertThread, moveThread } from './threads.js';
import type { AddressColumns } from './address-columns.js';

/** How long a typed code is stored. No verification is pending for longer, and a turn reads the code at once. */
const TYPED_CODE_VALID_MS = 10 * 60_000;

@Injectable()
export class PostgresConversationLog extends ConversationLog {
  constructor(
    private readonly database: Database,
    private readonly addresses: AddressColumns,
  ) {
    super();
  }

  override async laneOf({ threadId, line }: ThreadOnLine): Promise<ThreadLane | undefined> {
    const [found] = await this.database.rows<ThreadLane>(
      `SELECT thread.conversation_id AS "conversationId", lane.id AS "laneId", thread.channel
       FROM ${CURRENT_THREAD} JOIN lane ON lane.conversation_id = thread.conversation_id AND lane.kind = 'text'`,
      [threadId, this.#indexes(line)],
    );
    return found;
  }

  override async reachableContact(
    conversationId: ConversationId,
    channel?: ChannelName,
  ): Promise<ReachableContact | undefined> {
    const [found] = await this.database.rows<{
      conversationId: ConversationId;
      laneId: LaneId;
      contactId: ContactId;
      threadId: ThreadId | null;
      channel: ChannelName | null;
    }>(
      `WITH RECURSIVE successor AS (
         SELECT id, merged_into FROM conversation WHERE id = $1
         UNION ALL
         SELECT next.id, next.merged_into FROM successor JOIN conversation AS next ON next.id = successor.merged_into
       )
       SELECT conversation.id AS "conversationId", lane.id AS "laneId", conversation.contact_id AS "contactId",
              thread.id AS "threadId", thread.channel
       FROM successor
       JOIN conversation ON conversation.id = successor.id
       JOIN lane ON lane.conversation_id = conversation.id AND lane.kind = 'text'
       LEFT JOIN thread ON thread.id = coalesce(
         (SELECT message.thread_id FROM message
          WHERE message.conversation_id = conversation.id AND direction = 'inbound' AND message.thread_id IS NOT NULL
            AND ($2::text IS NULL OR message.channel = $2) AND EXISTS (
              SELECT 1 FROM thread AS own WHERE own.id = message.thread_id AND own.contact_id = conversation.contact_id)
          ORDER BY seq DESC LIMIT 1),
         (SELECT own.id FROM thread AS own
          WHERE own.conversation_id = conversation.id AND own.contact_id = conversation.contact_id
            AND ($2::text IS NULL OR own.channel = $2)
          ORDER BY own.id DESC LIMIT 1))
       WHERE successor.merged_into IS NULL`,
      [conversationId, channel ?? null],
    );
    if (!found) return undefined;
    const { laneId, contactId, threadId, channel: own } = found;
    const thread = threadId && own ? { threadId, channel: own } : undefined;
    return { conversationId: found.conversationId, laneId, contactId, thread };
  }

  override async identityOf(contactId: ContactId, kind: IdentityKind): Promise<Identity | undefined> {
    const [identity] = await this.database.rows<{ id: string; phoneSealed: string }>(
      `SELECT id, phone_sealed AS "phoneSealed" FROM identity WHERE contact_id = $1 AND kind = $2 ORDER BY id LIMIT 1`,
      [contactId, kind],
    );
    return identity && this.addresses.people.open(kind, identity.phoneSealed, identity.id);
  }

  override async agentNumberOf(conversationId: ConversationId): Promise<E164 | undefined> {
    const [number] = await this.database.rows<{ id: string; phoneSealed: string }>(
      `SELECT number.id, number.phone_sealed AS "phoneSealed"
       FROM agent_number AS number JOIN conversation ON conversation.agent_id = number.agent_id
       WHERE conversation.id = $1 ORDER BY number.id LIMIT 1`,
      [conversationId],
    );
    return number && this.addresses.lines.open(number.phoneSealed, number.id);
  }

  override addThread(
    tx: Transaction,
    { kind, ...thread }: ThreadToAdd,
    contactId: ContactId,
    conversationId: ConversationId,
  ): Promise<void> {
    return insertThread(tx, thread, contactId, conversationId, kind);
  }

  override async contactOf(threadId: ThreadId): Promise<ContactId | undefined> {
    const [found] = await this.database.rows<{ contactId: ContactId }>(
      'SELECT contact_id AS "contactId" FROM thread WHERE id = $1',
      [threadId],
    );
    return found?.contactId;
  }

  override async openThread(
    tx: Transaction,
    { threadId, channel, line, person }: ThreadToOpen,
  ): Promise<OpenedThread> {
    const opened = await openConversation(tx, this.addresses, { identity: person, line });
    await moveThread(tx, { threadId, channel }, opened.conversation);
    return opened;
  }

  override lock(tx: Transaction, id: ConversationId | ContactId): Promise<void> {
    return lockConversation(tx, id);
  }

  override async lockThread(
    tx: Transaction,
    { threadId, line }: ThreadOnLine,
  ): Promise<LockedThread | undefined> {
    const [locked] = await rows<LockedThread>(
      tx,
      `SELECT conversation_id AS "conversationId",
              ${hasPendingVerification('thread.identity_id')} AS "isVerificationPending",
              pg_advisory_xact_lock(hashtextextended(conversation_id, 0))
       FROM ${CURRENT_THREAD}`,
      [threadId, this.#indexes(line)],
    );
    return locked;
  }

  override async appendInbound(
    tx: Transaction,
    conversationId: ConversationId,
    message: InboundMessage,
    isToBeAnswered: boolean,
  ): Promise<AppendedInboundMessage | undefined> {
    const [appended] = await rows<{
      seq: number;
      eventSeq: number;
      leaseInProgress: string | null;
    }>(
      tx,
      `WITH texts AS (
         SELECT conversation_id, id AS lane_id FROM lane WHERE conversation_id = $8 AND kind = 'text'
       ), numbered AS (
         UPDATE conversation
         SET message_seq = message_seq + 1, event_seq = event_seq + 1, updated_at = clock_timestamp()
         FROM texts
         WHERE conversation.id = texts.conversation_id AND NOT EXISTS (
           SELECT 1 FROM message WHERE channel = $11 AND direction = 'inbound' AND provider_message_id = $5
         )
         RETURNING id, message_seq, event_seq, lane_id
       ), due AS (
         UPDATE lane
         SET last_inbound_seq = numbered.message_seq, turn_due_at = least(turn_due_at, clock_timestamp())
         FROM numbered WHERE lane.id = numbered.lane_id AND $7::boolean
         RETURNING lease_token
       ), used AS (
         UPDATE identity_link SET last_used_at = clock_timestamp()
         FROM thread
         WHERE thread.id = $1 AND identity_link.identity_id = thread.identity_id AND unlinked_at IS NULL
           AND last_used_at < clock_timestamp() - interval '1 day'
       )
       INSERT INTO message (id, conversation_id, seq, channel, direction, author, kind, text, status, thread_id,
                            thread_seq, provider_message_id, received_at, lane_id, media, answered_by)
       SELECT $2, id, message_seq, $11, 'inbound', 'contact', 'inbound', $3, 'received', $1, $4, $5, $6, lane_id,
              $9::jsonb, $10
       FROM numbered
       RETURNING seq, (SELECT event_seq FROM numbered) AS "eventSeq", (SELECT lease_token FROM due) AS "leaseInProgress"`,
      [
        message.threadId,
        message.messageId,
        message.text,
        message.threadSeq,
        message.providerMessageId,
        message.receivedAt,
        isToBeAnswered,
        conversationId,
        message.media.length > 0 ? JSON.stringify(message.media) : null,
        message.answeredBy ?? null,
        message.channel,
      ],
    );
    if (!appended) return undefined;
    if (message.code !== undefined) await this.#storeCode(tx, message.messageId, message.code);
    const { seq, eventSeq, leaseInProgress } = appended;
    return { seq, eventSeq, ...(leaseInProgress !== null && { leaseInProgress }) };
  }

  async #storeCode(tx: Transaction, messageId: MessageId, code: string): Promise<void> {
    await rows(
      tx,
      `INSERT INTO typed_code (message_id, code_sealed, expires_at)
       VALUES ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')`,
      [messageId, this.addresses.codes.seal(code, messageId), TYPED_CODE_VALID_MS],
    );
  }

  override async appendOutbound(
    tx: Transaction,
    { conversationId, laneId }: TextLane,
    { messageId, channel, threadId, author, text, turnId }: AddedMessage,
  ): Promise<AppendedOutboundMessage | undefined> {
    const [appended] = await rows<{ seq: number; eventSeq: number; follows: MessageId | null }>(
      tx,
      `WITH numbered AS (
         UPDATE conversation
         SET message_seq = message_seq + 1, event_seq = event_seq + 1, updated_at = clock_timestamp()
         WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM message WHERE message.id = $3)
         RETURNING message_seq, event_seq
       )
       INSERT INTO message (id, conversation_id, seq, channel, direction, author, kind, text, status,
                            thread_id, lane_id, turn_id)
       SELECT $3, $1, message_seq, $8, 'outbound', $4, 'outside', $5, 'queued', $6, $2, $7 FROM numbered
       RETURNING seq, (SELECT event_seq FROM numbered) AS "eventSeq", (
         SELECT previous.id FROM message AS previous
         WHERE previous.conversation_id = $1 AND previous.thread_id = $6 AND previous.direction = 'outbound'
         ORDER BY previous.seq DESC LIMIT 1) AS follows`,
      [conversationId, laneId, messageId, author, text, threadId, turnId ?? null, channel],
    );
    return appended && { ...appended, follows: appended.follows ?? undefined };
  }

  /** Locks in the order of ids, so that two transactions that lock the same conversations cannot deadlock. */
  override async lockMessages(tx: Transaction, ids: readonly MessageId[]): Promise<ReadonlySet<MessageId>> {
    const [found] = await rows<{ ids: MessageId[] }>(
      tx,
      `WITH found AS MATERIALIZED (SELECT id, conversation_id FROM message WHERE id = ANY($1)),
       ordered AS MATERIALIZED (SELECT DISTINCT conversation_id FROM found ORDER BY 1),
       locked AS MATERIALIZED (
         SELECT pg_advisory_xact_lock(hashtextextended(conversation_id, 0)) FROM ordered
       )
       SELECT coalesce(array_agg(id), '{}') AS ids, (SELECT count(*) FROM locked) AS conversations FROM found`,
      [ids],
    );
    return new Set(found!.ids);
  }

  override async flag(
    tx: Transaction,
    id: ConversationId,
    { reason, flaggedAt }: ConversationFlag,
  ): Promise<number> {
    const [flagged] = await rows<{ eventSeq: number }>(
      tx,
      `UPDATE conversation SET flagged_at = $2, flag_reason = $3, event_seq = event_seq + 1,
         updated_at = clock_timestamp()
       WHERE id = $1 RETURNING event_seq AS "eventSeq"`,
      [id, flaggedAt, reason],
    );
    return flagged!.eventSeq;
  }

  /** A repeated failure report may add the error code: some carriers report the code later. */
  override async raiseStatuses(tx: Transaction, reports: readonly StatusToRaise[]): Promise<RaisedStatus[]> {
    return rows<RaisedStatus>(
      tx,
      `WITH raised AS (
         UPDATE message
         SET status = report.status, error_code = nullif(report.error_code, ''),
             failure_reason = nullif(report.reason, '')
         FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
           AS report (message_id, status, raises, error_code, reason)
         WHERE message.id = report.message_id AND message.direction = 'outbound' AND (
           message.status = ANY(string_to_array(report.raises, ' '))
           OR (message.status = report.status AND message.error_code IS NULL AND report.error_code <> ''))
         RETURNING message.id, message.conversation_id, message.channel
       ), counted AS (
         SELECT conversation_id, count(*)::int AS events FROM raised GROUP BY conversation_id
       ), numbered AS (
         UPDATE conversation SET event_seq = event_seq + events, updated_at = clock_timestamp()
         FROM counted WHERE conversation.id = counted.conversation_id
         RETURNING conversation.id, event_seq - events AS before
       )
       SELECT raised.id AS "messageId", conversation_id AS "conversationId", channel,
         before + row_number() OVER (PARTITION BY conversation_id ORDER BY raised.id)::int AS "eventSeq"
       FROM raised JOIN numbered ON numbered.id = raised.conversation_id`,
      [
        reports.map(({ messageId }) => messageId),
        reports.map(({ status }) => status),
        reports.map(({ status }) => statusesBelow(status).join(' ')),
        reports.map(({ errorCode }) => errorCode ?? ''),
        reports.map(({ reason }) => reason ?? ''),
      ],
    );
  }

  #indexes(line: E164 | undefined): string[] {
    return line ? this.addresses.lines.indexes(line) : [];
  }
}
