import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the indexes from which a page of a filtered list of calls is read in order. */
export class ListCalls1767571200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX call_by_status ON call (status, id)');
    await runner.query('CREATE INDEX call_by_direction ON call (direction, id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX call_by_status, call_by_direction');
  }
}
