import type { ConversationId, MessageId, TurnId } from '@parley/kernel';
import type { Database } from '@parley/persistence';

export interface MessageRow {
  id: MessageId;
  seq: number;
  kind: string;
  text: string;
  status: string;
  turn_id: TurnId | null;
  heard_text: string | null;
}

export interface EventRow {
  conversation: ConversationId;
  sequence: number;
  type: string;
  /** The id of the transaction that wrote the event. */
  xid: string;
  data: Record<string, unknown>;
}

/** Reads the tables of the service. */
export function tableReader(database: Database) {
  return {
    messages: () =>
      database.rows<MessageRow>(
        'SELECT id, seq, kind, text, status, turn_id, heard_text FROM message ORDER BY conversation_id, seq',
      ),
    lanes: () => database.rows<Record<string, unknown>>('SELECT * FROM lane ORDER BY id'),
    /** The facts about agents in the outbox; their numbers are sealed. */
    agentFacts: () =>
      database.rows<Record<string, unknown> & { subject: string }>(
        `SELECT data.*, subject FROM outbox, LATERAL jsonb_to_record(convert_from(payload, 'UTF8')::jsonb)
           AS data ("agentId" text, version int, name text, "isDefault" boolean, numbers text, "isRemoved" boolean)
         WHERE subject LIKE 'int.agent.changed.%' ORDER BY outbox.id`,
      ),
    count: async (table: string) =>
      (await database.rows<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`))[0]!.n,
    /** The public events in the outbox, ordered by conversation and sequence. */
    events: () =>
      database.rows<EventRow>(
        `SELECT ordering_key AS conversation, (headers->>'ce-conversationsequence')::int AS sequence,
                headers->>'ce-type' AS type, xmin::text AS xid, convert_from(payload, 'UTF8')::jsonb AS data
         FROM outbox WHERE subject LIKE 'evt.%' ORDER BY 1, 2`,
      ),
    sends: () =>
      database.rows<{ subject: string }>(`SELECT subject FROM outbox WHERE subject LIKE 'cmd.sms.send.%'`),
    /** For each send command, the message that it follows on its thread. */
    follows: () =>
      database.rows<{ messageId: string; follows: string | null }>(
        `SELECT data->>'messageId' AS "messageId", data->>'follows' AS follows
         FROM outbox, LATERAL (SELECT convert_from(payload, 'UTF8')::jsonb AS data) AS command
         WHERE subject LIKE 'cmd.sms.send.%' ORDER BY id`,
      ),
    steps: () =>
      database.rows<{
        turn_id: TurnId;
        place: number;
        effect_id: string;
        tool: string;
        result: string | null;
      }>('SELECT turn_id, place, effect_id, tool, result FROM turn_step ORDER BY turn_id, place'),
    /** Lets all leases expire. */
    expireLeases: () =>
      database.rows(
        `UPDATE lane SET lease_until = clock_timestamp() - interval '1 s' WHERE lease_token IS NOT NULL`,
      ),
  };
}
