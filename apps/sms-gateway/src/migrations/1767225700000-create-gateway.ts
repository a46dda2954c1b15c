import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The gateway's own tables. Columns called `sealed_…` hold encrypted text, `…_index` its blind index; a status or reason is
 * text with a CHECK constraint, so that adding a value is a small migration.
 */
export class CreateGateway1767225700000 implements MigrationInterface {
  name = 'CreateGateway1767225700000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE line (
        id text PRIMARY KEY,
        sealed_number text NOT NULL,
        number_index text NOT NULL UNIQUE,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        polled_at timestamptz,
        poll_started_at timestamptz,
        poll_token uuid,
        poll_lease_until timestamptz
      )`);
    await runner.query(`
      CREATE TABLE recipient (
        number_index text PRIMARY KEY,
        opted_out_at timestamptz,
        consent_changed_at timestamptz
      )`);
    await runner.query(`
      CREATE TABLE thread (
        id text PRIMARY KEY,
        line_id text NOT NULL REFERENCES line (id),
        sealed_number text NOT NULL,
        number_index text NOT NULL,
        recipient_index text NOT NULL REFERENCES recipient (number_index),
        last_thread_seq integer NOT NULL,
        last_message_id text,
        has_early boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        UNIQUE (line_id, number_index)
      )`);
    await runner.query(`
      CREATE TABLE inbound_sms (
        message_sid text PRIMARY KEY,
        thread_id text REFERENCES thread (id),
        thread_seq integer,
        decision text NOT NULL CHECK (decision IN ('forward', 'opt-out', 'opt-in', 'answer', 'ignore')),
        reason text,
        sealed_params text NOT NULL,
        received_at timestamptz NOT NULL,
        UNIQUE (thread_id, thread_seq),
        CHECK ((decision <> 'ignore') = (thread_id IS NOT NULL AND thread_seq IS NOT NULL)),
        CHECK ((decision = 'ignore') = (reason IS NOT NULL))
      )`);
    await runner.query(`
      CREATE TABLE send (
        id text PRIMARY KEY,
        position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
        command_id text NOT NULL,
        part smallint NOT NULL CHECK (part BETWEEN 1 AND parts),
        parts smallint NOT NULL,
        message_id text,
        thread_id text NOT NULL REFERENCES thread (id),
        sealed_text text NOT NULL,
        valid_until timestamptz NOT NULL,
        is_opt_out_confirmation boolean NOT NULL,
        status text NOT NULL DEFAULT 'PENDING'
          CHECK (status IN ('PENDING', 'SENDING', 'ACCEPTED', 'REJECTED', 'UNKNOWN')),
        not_before timestamptz NOT NULL,
        send_deadline timestamptz,
        attempt integer NOT NULL DEFAULT 0,
        provider_sid text UNIQUE,
        provider_status text,
        error_code text,
        reason text,
        retry_of text UNIQUE REFERENCES send (id),
        follow_up_at timestamptz,
        listings smallint NOT NULL DEFAULT 0,
        absences smallint NOT NULL DEFAULT 0,
        verdict text CHECK (verdict IN ('absent', 'ambiguous')),
        asked_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CHECK (status <> 'SENDING' OR send_deadline IS NOT NULL),
        CHECK (follow_up_at IS NULL OR status IN ('UNKNOWN', 'ACCEPTED')),
        CHECK ((status = 'UNKNOWN') = (follow_up_at IS NOT NULL OR verdict IS NOT NULL) OR status = 'ACCEPTED')
      )`);
    // Messages that arrived before the message that they follow.
    await runner.query(`
      CREATE TABLE early_message (
        message_id text PRIMARY KEY,
        follows text NOT NULL,
        thread_id text NOT NULL REFERENCES thread (id),
        command_id text NOT NULL,
        send_ids text[] NOT NULL,
        sealed_texts text[] NOT NULL,
        valid_until timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);
    await runner.query(`CREATE INDEX early_message_thread ON early_message (thread_id, message_id)`);
    await runner.query(`CREATE INDEX send_due ON send (not_before) WHERE status = 'PENDING'`);
    await runner.query(`
      CREATE INDEX send_head ON send (thread_id, position) WHERE status IN ('PENDING', 'SENDING')`);
    // A command has one first attempt for each part; each later attempt names the one that it repeats.
    await runner.query(`CREATE UNIQUE INDEX send_once ON send (command_id, part) WHERE retry_of IS NULL`);
    await runner.query(`CREATE INDEX send_of_command ON send (command_id)`);
    await runner.query(`CREATE INDEX send_follow_up ON send (follow_up_at) WHERE follow_up_at IS NOT NULL`);
    // A BRIN index is small and does not prevent heap-only (HOT) updates.
    await runner.query(`CREATE INDEX send_age ON send USING brin (send_deadline)`);
    await runner.query(`CREATE INDEX send_overdue ON send (send_deadline) WHERE status = 'SENDING'`);
    await runner.query(`
      CREATE TABLE api_key (
        key_hash text PRIMARY KEY,
        name text NOT NULL,
        scopes text[] NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);
    await runner.query(`
      CREATE TABLE reservation (
        api_key text NOT NULL,
        method text NOT NULL,
        route text NOT NULL,
        idempotency_key text NOT NULL,
        body_index text NOT NULL,
        resource_id text NOT NULL UNIQUE,
        sealed_resource text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (api_key, method, route, idempotency_key)
      )`);
    await runner.query('CREATE INDEX reservation_age ON reservation (created_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE reservation, api_key, early_message, send, inbound_sms, thread, recipient, line`);
  }
}
