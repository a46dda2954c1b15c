import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Counts each thread's replies in the current two minutes and day, and its equal texts in a row. */
export class ThreadPace1767312060000 implements MigrationInterface {
  name = 'ThreadPace1767312060000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE thread
        ADD COLUMN minutes_began_at timestamptz,
        ADD COLUMN minutes_replies integer NOT NULL DEFAULT 0,
        ADD COLUMN day_began_at timestamptz,
        ADD COLUMN day_replies integer NOT NULL DEFAULT 0,
        ADD COLUMN last_text_index text,
        ADD COLUMN last_text_at timestamptz,
        ADD COLUMN equal_texts integer NOT NULL DEFAULT 0,
        ADD COLUMN loop_since timestamptz`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE thread DROP COLUMN minutes_began_at, DROP COLUMN minutes_replies, DROP COLUMN day_began_at,
        DROP COLUMN day_replies, DROP COLUMN last_text_index, DROP COLUMN last_text_at,
        DROP COLUMN equal_texts, DROP COLUMN loop_since`);
  }
}
