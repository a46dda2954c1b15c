import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The fixed texts of an agent; `{}` until the next start reads them from the agents file. */
export class AgentTexts1767484800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE agent ADD COLUMN texts jsonb NOT NULL DEFAULT '{}'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE agent DROP COLUMN texts');
  }
}
