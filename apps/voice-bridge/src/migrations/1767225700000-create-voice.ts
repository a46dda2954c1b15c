import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the tables of calls, media streams, processes and turns, and of our copy of the agents. */
export class CreateVoice1767225700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE agent (
        id text PRIMARY KEY,
        version integer NOT NULL,
        is_default boolean NOT NULL,
        is_removed boolean NOT NULL,
        voice jsonb NOT NULL,
        number_indexes text[] NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE call (
        id text PRIMARY KEY,
        call_sid text NOT NULL UNIQUE,
        direction text NOT NULL CHECK (direction IN ('inbound', 'outbound')),
        status text NOT NULL CHECK (status IN ('initiated', 'ringing', 'answered', 'ending', 'ended', 'failed')),
        agent_id text,
        sealed_person text,
        person_index text,
        sealed_line text,
        attestation text NOT NULL,
        media_token text NOT NULL,
        media_token_expires_at timestamptz NOT NULL,
        -- Which media socket carries the call: every write of a session compares it. stream_no only orders.
        stream_token uuid,
        stream_no integer NOT NULL DEFAULT 0,
        stream_seen_at timestamptz,
        -- Under which the agent's turns are taken, whichever socket carries the call.
        lane_token uuid NOT NULL DEFAULT gen_random_uuid(),
        conversation_id text,
        contact_id text,
        end_reason text,
        started_at timestamptz NOT NULL,
        answered_at timestamptz,
        ended_at timestamptz,
        CHECK ((sealed_person IS NULL) = (person_index IS NULL)),
        CHECK ((status IN ('ended', 'failed')) = (ended_at IS NOT NULL))
      )`);
    await runner.query('CREATE INDEX call_conversation ON call (conversation_id, id)');
    await runner.query('CREATE INDEX call_live ON call (id) WHERE ended_at IS NULL');
    await runner.query(`
      CREATE TABLE bridge_process (
        id uuid PRIMARY KEY,
        max_calls integer NOT NULL,
        seen_at timestamptz NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE call_turn (
        call_id text NOT NULL REFERENCES call (id),
        turn_no integer NOT NULL,
        sealed_record text NOT NULL,
        PRIMARY KEY (call_id, turn_no)
      )`);
    // Turns in progress: the reply, stored before it is spoken, and the part that was heard some seconds ago.
    await runner.query(`
      CREATE TABLE call_open_turn (
        call_id text NOT NULL REFERENCES call (id),
        turn_no integer NOT NULL,
        turn_id text NOT NULL,
        sealed_turn text NOT NULL,
        generation integer NOT NULL DEFAULT 0,
        heard_chars integer NOT NULL DEFAULT 0,
        heard_ms integer NOT NULL DEFAULT 0,
        PRIMARY KEY (call_id, turn_no)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE call_open_turn, call_turn, bridge_process, call, agent');
  }
}
