import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an agent texts word for word; empty until the agents file was read once more. */
export class AgentTexts1767484800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE agent ADD COLUMN texts jsonb NOT NULL DEFAULT '{}'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE agent DROP COLUMN texts');
  }
}
