import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What came with a text, and who answered it before the agent could. */
export class MessageMedia1767398400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE message
        -- As the contract's InboundMedia; NULL without any.
        ADD COLUMN media jsonb,
        ADD COLUMN answered_by text CHECK (answered_by IN ('carrier', 'gateway', 'nobody'))
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE message DROP COLUMN media, DROP COLUMN answered_by');
  }
}
