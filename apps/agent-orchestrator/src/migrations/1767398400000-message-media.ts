import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The media of a text, and who answered the text instead of the agent. */
export class MessageMedia1767398400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE message
        -- InboundMedia of the contract; NULL for a text without media.
        ADD COLUMN media jsonb,
        ADD COLUMN answered_by text CHECK (answered_by IN ('carrier', 'gateway', 'nobody'))
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE message DROP COLUMN media, DROP COLUMN answered_by');
  }
}
