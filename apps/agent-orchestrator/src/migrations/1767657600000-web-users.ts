import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Contacts can be known by the id of a web user. */
export class WebUsers1767657600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE identity DROP CONSTRAINT identity_kind_check,
        ADD CONSTRAINT identity_kind_check CHECK (kind IN ('phone', 'web-user'))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE identity DROP CONSTRAINT identity_kind_check,
        ADD CONSTRAINT identity_kind_check CHECK (kind IN ('phone'))`);
  }
}
