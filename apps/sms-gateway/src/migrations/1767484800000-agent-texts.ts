import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A copy of the agents' keyword replies, with the lines that use them. */
export class AgentTexts1767484800000 implements MigrationInterface {
  name = 'AgentTexts1767484800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE agent_texts (
        agent_id text PRIMARY KEY,
        version integer NOT NULL,
        is_default boolean NOT NULL,
        is_removed boolean NOT NULL,
        texts jsonb NOT NULL,
        line_ids text[] NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE agent_texts');
  }
}
