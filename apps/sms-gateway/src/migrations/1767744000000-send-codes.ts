import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets the send queue hold the codes of verifications. */
export class SendCodes1767744000000 implements MigrationInterface {
  name = 'SendCodes1767744000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE send
        ADD COLUMN verification_id text,
        ADD COLUMN code_no smallint,
        ADD CHECK ((verification_id IS NULL) = (code_no IS NULL)),
        ADD CHECK (verification_id IS NULL OR (message_id IS NULL AND retry_of IS NULL))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE send DROP COLUMN verification_id, DROP COLUMN code_no');
  }
}
