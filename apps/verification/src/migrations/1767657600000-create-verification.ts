import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Creates the tables of verifications. Numbers are sealed or indexed, codes are keyed digests (`…_index`), and the keys
 * of limits are digests too.
 */
export class CreateVerification1767657600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE verification (
        id text PRIMARY KEY,
        status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'approved', 'failed', 'expired')),
        failure text CHECK (failure IN ('cancelled', 'too-many-checks', 'undeliverable')),
        purpose text NOT NULL,
        subject_kind text NOT NULL,
        subject_id text NOT NULL,
        sealed_number text NOT NULL,
        number_index text NOT NULL,
        conversation_id text,
        channel text NOT NULL CHECK (channel IN ('sms', 'voice')),
        -- The two newest codes, as digests bound to this verification, its subject and its purpose.
        code_no smallint NOT NULL,
        -- The newest code of which a carrier reported that it has it.
        sent_code_no smallint NOT NULL DEFAULT 0,
        code_index text,
        code_expires_at timestamptz NOT NULL,
        earlier_code_index text,
        earlier_code_expires_at timestamptz,
        checks smallint NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL,
        approved_at timestamptz,
        ended_at timestamptz,
        CHECK ((status = 'failed') = (failure IS NOT NULL)),
        CHECK ((status = 'approved') = (approved_at IS NOT NULL)),
        CHECK ((status = 'pending') = (ended_at IS NULL)),
        CHECK ((status = 'pending') = (code_index IS NOT NULL)),
        CHECK (status = 'pending' OR earlier_code_index IS NULL)
      )`);
    await runner.query(`
      CREATE UNIQUE INDEX verification_pending ON verification (number_index, subject_kind, subject_id, purpose)
      WHERE status = 'pending'`);
    await runner.query(
      `CREATE INDEX verification_expiry ON verification (code_expires_at) WHERE status = 'pending'`,
    );
    await runner.query(
      'CREATE INDEX verification_ended ON verification (ended_at) WHERE ended_at IS NOT NULL',
    );
    // A repeated request gets the answer of the first one.
    await runner.query(`
      CREATE TABLE answered_request (
        request_id text PRIMARY KEY,
        verification_id text,
        outcome text,
        retry_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);
    await runner.query('CREATE INDEX answered_request_age ON answered_request (created_at)');
    // The pauses between codes to one number for one subject, whatever their verification.
    await runner.query(`
      CREATE TABLE resend_ladder (
        number_index text NOT NULL,
        subject_kind text NOT NULL,
        subject_id text NOT NULL,
        sent integer NOT NULL DEFAULT 0,
        first_sms_at timestamptz,
        last_sent_at timestamptz,
        touched_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (number_index, subject_kind, subject_id)
      )`);
    await runner.query('CREATE INDEX resend_ladder_age ON resend_ladder (touched_at)');
    // Checks of one number by one subject in a UTC day.
    await runner.query(`
      CREATE TABLE check_count (
        number_index text NOT NULL,
        subject_kind text NOT NULL,
        subject_id text NOT NULL,
        day date NOT NULL,
        checks integer NOT NULL,
        PRIMARY KEY (number_index, subject_kind, subject_id, day)
      )`);
    await runner.query('CREATE INDEX check_count_age ON check_count (day)');
    // Codes sent within a window of a limit.
    await runner.query(`
      CREATE TABLE code_count (
        kind text NOT NULL,
        key text NOT NULL,
        window_name text NOT NULL CHECK (window_name IN ('hour', 'day')),
        started_at timestamptz NOT NULL,
        sent integer NOT NULL DEFAULT 0,
        -- Whether it was published that the limit was reached.
        is_announced boolean NOT NULL DEFAULT false,
        PRIMARY KEY (kind, key, window_name, started_at)
      )`);
    await runner.query('CREATE INDEX code_count_age ON code_count (started_at)');
    // How the verifications of a prefix ended, by the hour.
    await runner.query(`
      CREATE TABLE prefix_conversion (
        prefix_index text NOT NULL,
        hour timestamptz NOT NULL,
        approved integer NOT NULL DEFAULT 0,
        ended integer NOT NULL DEFAULT 0,
        PRIMARY KEY (prefix_index, hour)
      )`);
    await runner.query('CREATE INDEX prefix_conversion_age ON prefix_conversion (hour)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE prefix_conversion, code_count, check_count, resend_ladder, answered_request, verification`);
  }
}
