import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When a conversation last looked like two machines that answer each other, and why. */
export class ConversationFlag1767312000000 implements MigrationInterface {
  name = 'ConversationFlag1767312000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE conversation ADD COLUMN flagged_at timestamptz, ADD COLUMN flag_reason text,
        ADD CHECK ((flagged_at IS NULL) = (flag_reason IS NULL))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE conversation DROP COLUMN flagged_at, DROP COLUMN flag_reason');
  }
}
