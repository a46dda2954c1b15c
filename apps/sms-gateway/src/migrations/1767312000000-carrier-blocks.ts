import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The carrier blocks texts per person and line, so a block belongs to a thread. */
export class CarrierBlocks1767312000000 implements MigrationInterface {
  name = 'CarrierBlocks1767312000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE thread ADD COLUMN carrier_blocked_at timestamptz');
    await runner.query(`
      CREATE INDEX thread_blocked ON thread (recipient_index) WHERE carrier_blocked_at IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE thread DROP COLUMN carrier_blocked_at');
  }
}
