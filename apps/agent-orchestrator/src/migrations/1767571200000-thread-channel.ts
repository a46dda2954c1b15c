import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The channel of a thread. The default is 'sms' because replicas of the previous release add only SMS threads. */
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
