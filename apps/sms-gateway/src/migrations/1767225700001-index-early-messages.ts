import type { MigrationInterface, QueryRunner } from 'typeorm';

/** For the sweep, which looks for the oldest early message. */
export class IndexEarlyMessages1767225700001 implements MigrationInterface {
  name = 'IndexEarlyMessages1767225700001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX early_message_age ON early_message (created_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX early_message_age');
  }
}
