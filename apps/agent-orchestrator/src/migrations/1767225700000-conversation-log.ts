import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Tables for people (agents, contacts, identities), for messages (conversations, calls, messages) and for
 * turns (lanes).
 */
export class ConversationLog1767225700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE agent (
        id text PRIMARY KEY,
        key text NOT NULL UNIQUE,
        name text NOT NULL,
        system_prompt text NOT NULL,
        is_default boolean NOT NULL,
        caller_id_trust text NOT NULL CHECK (caller_id_trust IN ('attested', 'always', 'never')),
        tools jsonb NOT NULL,
        voice jsonb NOT NULL,
        -- Of what is told of it; counted over all agents.
        version integer NOT NULL DEFAULT 0,
        removed_at timestamptz,
        CHECK (removed_at IS NULL OR NOT is_default)
      );
      CREATE UNIQUE INDEX agent_one_default ON agent (is_default) WHERE is_default;

      -- Our own numbers.
      CREATE TABLE agent_number (
        id text PRIMARY KEY,
        agent_id text NOT NULL REFERENCES agent,
        phone_sealed text NOT NULL,
        phone_index text NOT NULL UNIQUE
      );
      CREATE INDEX agent_number_agent ON agent_number (agent_id);

      CREATE TABLE contact (
        id text PRIMARY KEY
      );

      CREATE TABLE identity (
        id text PRIMARY KEY,
        contact_id text NOT NULL REFERENCES contact,
        kind text NOT NULL CHECK (kind IN ('phone')),
        phone_sealed text NOT NULL,
        phone_index text NOT NULL,
        UNIQUE (kind, phone_index)
      );
      CREATE INDEX identity_contact ON identity (contact_id);

      CREATE TABLE conversation (
        id text PRIMARY KEY,
        contact_id text NOT NULL REFERENCES contact,
        agent_id text NOT NULL REFERENCES agent,
        status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed')),
        message_seq integer NOT NULL DEFAULT 0,
        event_seq integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      CREATE UNIQUE INDEX conversation_one_open ON conversation (contact_id, agent_id) WHERE status = 'open';

      CREATE TABLE thread (
        id text PRIMARY KEY,
        contact_id text NOT NULL REFERENCES contact,
        conversation_id text NOT NULL REFERENCES conversation
      );

      CREATE TABLE lane (
        id text PRIMARY KEY,
        conversation_id text NOT NULL REFERENCES conversation,
        kind text NOT NULL CHECK (kind IN ('text', 'voice')),
        control text NOT NULL DEFAULT 'agent' CHECK (control IN ('agent', 'human')),
        -- seq of the newest message that needs an answer, and of the newest answered message.
        last_inbound_seq integer NOT NULL DEFAULT 0,
        answered_seq integer NOT NULL DEFAULT 0,
        turn_id text,
        -- seq of the newest message that a turn had read when it used a tool; later messages do not supersede
        -- that turn.
        acted_seq integer,
        turn_due_at timestamptz,
        turn_attempts integer NOT NULL DEFAULT 0,
        turn_reruns integer NOT NULL DEFAULT 0,
        lease_token uuid,
        lease_until timestamptz,
        -- For the lane of a call: the call answers texts that arrive during it.
        takes_texts boolean NOT NULL DEFAULT false,
        CHECK ((lease_token IS NULL) = (lease_until IS NULL))
      );
      CREATE UNIQUE INDEX lane_one_text ON lane (conversation_id) WHERE kind = 'text';
      CREATE INDEX lane_due ON lane (turn_due_at) WHERE turn_due_at IS NOT NULL;
      CREATE INDEX lane_live_call ON lane (conversation_id) WHERE takes_texts AND lease_until IS NOT NULL;

      CREATE TABLE call (
        id text PRIMARY KEY,
        conversation_id text NOT NULL REFERENCES conversation,
        lane_id text NOT NULL UNIQUE REFERENCES lane,
        direction text NOT NULL CHECK (direction IN ('inbound', 'outbound')),
        state text NOT NULL DEFAULT 'unknown'
          CHECK (state IN ('unknown', 'initiated', 'ringing', 'answered', 'ended', 'failed')),
        -- The number of ledger entries, once the call is over.
        turn_count integer,
        started_at timestamptz NOT NULL
      );

      CREATE TABLE call_turn (
        call_id text NOT NULL REFERENCES call,
        turn_no integer NOT NULL,
        turn_id text NOT NULL,
        -- seq of the newest text that the turn's prompt contained.
        texts_through_seq integer,
        -- When the turn's ledger entry was added to the log.
        merged_at timestamptz,
        PRIMARY KEY (call_id, turn_no)
      );

      -- The tool calls of turns, each stored before it runs; a later attempt of the turn continues from them.
      CREATE TABLE turn_step (
        turn_id text NOT NULL,
        place integer NOT NULL,
        conversation_id text NOT NULL REFERENCES conversation,
        -- The tool's idempotency key, the same in every attempt.
        effect_id text NOT NULL UNIQUE,
        tool text NOT NULL,
        -- Not jsonb, which cannot store a NUL character.
        input json NOT NULL,
        model_call_id text NOT NULL,
        said text NOT NULL,
        -- NULL until the result is known.
        result text,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (turn_id, place)
      );

      CREATE TABLE message (
        id text PRIMARY KEY,
        conversation_id text NOT NULL REFERENCES conversation,
        seq integer NOT NULL,
        channel text NOT NULL CHECK (channel IN ('sms', 'voice', 'web')),
        direction text NOT NULL CHECK (direction IN ('inbound', 'outbound')),
        author text NOT NULL CHECK (author IN ('contact', 'agent', 'human')),
        kind text NOT NULL CHECK (kind IN ('inbound', 'answer', 'apology', 'outside', 'spoken')),
        text text NOT NULL,
        status text NOT NULL
          CHECK (status IN ('received', 'queued', 'unconfirmed', 'sent', 'delivered', 'read', 'undelivered', 'failed')),
        error_code text,
        failure_reason text,
        thread_id text REFERENCES thread,
        provider_message_id text,
        received_at timestamptz,
        thread_seq integer,
        lane_id text REFERENCES lane,
        turn_id text,
        answers_through_seq integer,
        call_id text REFERENCES call,
        call_turn_no integer,
        heard_text text,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        UNIQUE (conversation_id, seq)
      );
      CREATE UNIQUE INDEX message_once_per_provider_id ON message (channel, provider_message_id)
        WHERE direction = 'inbound';
      CREATE UNIQUE INDEX message_one_answer ON message (lane_id, answers_through_seq) WHERE kind = 'answer';
      CREATE UNIQUE INDEX message_once_per_call_turn ON message (call_id, call_turn_no, direction)
        WHERE call_id IS NOT NULL;
      CREATE INDEX message_apology ON message (conversation_id, created_at) WHERE kind = 'apology';

      -- The public events in the outbox are the event log, which is read in the order of transaction ids.
      ALTER TABLE outbox ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
      CREATE INDEX outbox_event_log ON outbox (xid, id) WHERE subject LIKE 'evt.%';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE outbox DROP COLUMN xid');
    await runner.query(
      'DROP TABLE message, turn_step, call_turn, call, lane, thread, conversation, identity, contact, agent_number, agent',
    );
  }
}
