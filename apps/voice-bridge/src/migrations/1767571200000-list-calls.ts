import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A page of a filtered list of calls is read from an index in its order, however many calls there are. */
export class ListCalls1767571200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX call_by_status ON call (status, id)');
    await runner.query('CREATE INDEX call_by_direction ON call (direction, id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX call_by_status, call_by_direction');
  }
}
