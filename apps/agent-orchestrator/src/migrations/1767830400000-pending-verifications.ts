import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Verifications by text: whether an agent requires them, which are pending, and the codes that people have typed. */
export class PendingVerifications1767830400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE agent
        ADD COLUMN verification_required boolean NOT NULL DEFAULT false,
        ADD COLUMN send_sms_recipients text NOT NULL DEFAULT 'self'
          CONSTRAINT agent_send_sms_recipients_check CHECK (send_sms_recipients IN ('self', 'contacts', 'any'));

      CREATE TABLE pending_verification (
        id text PRIMARY KEY,
        -- The identity that asked for it.
        identity_id text NOT NULL REFERENCES identity,
        number_sealed text NOT NULL,
        -- As the identity of this number has it, if the number is known.
        number_index text NOT NULL,
        purpose text NOT NULL,
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX pending_verification_identity ON pending_verification (identity_id, expires_at);
      CREATE INDEX pending_verification_number ON pending_verification (number_index, expires_at);
      CREATE INDEX pending_verification_expiry ON pending_verification (expires_at);

      -- The code that a message of the log masks, until it is checked.
      CREATE TABLE typed_code (
        message_id text PRIMARY KEY,
        code_sealed text NOT NULL,
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX typed_code_expiry ON typed_code (expires_at);

      ALTER TABLE message DROP CONSTRAINT message_kind_check, ADD CONSTRAINT message_kind_check
        CHECK (kind IN ('inbound', 'answer', 'apology', 'hint', 'outside', 'spoken'));
      CREATE INDEX message_hint ON message (conversation_id, created_at) WHERE kind = 'hint';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX message_hint;
      UPDATE message SET kind = 'outside' WHERE kind = 'hint';
      ALTER TABLE message DROP CONSTRAINT message_kind_check, ADD CONSTRAINT message_kind_check
        CHECK (kind IN ('inbound', 'answer', 'apology', 'outside', 'spoken'));
      DROP TABLE typed_code, pending_verification;
      ALTER TABLE agent DROP COLUMN send_sms_recipients, DROP COLUMN verification_required;
    `);
  }
}
