import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The channel of a thread; those that replicas of the former release add while they still run are all of texts. */
export class ThreadChannel1767571200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE thread ADD COLUMN channel text NOT NULL DEFAULT 'sms' CHECK (channel IN ('sms', 'web'));
      CREATE INDEX thread_conversation ON thread (conversation_id, id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX thread_conversation');
    await runner.query('ALTER TABLE thread DROP COLUMN channel');
  }
}
