import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The threads of web users, and the messages received on them by the ids that clients gave them. */
export class WebChat1767657600000 implements MigrationInterface {
  name = 'WebChat1767657600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE chat_thread (
        id text PRIMARY KEY,
        sealed_user text NOT NULL,
        user_index text NOT NULL UNIQUE,
        last_thread_seq integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      CREATE TABLE chat_message (
        thread_id text NOT NULL REFERENCES chat_thread (id),
        client_message_id text NOT NULL,
        message_id text NOT NULL UNIQUE,
        text_index text NOT NULL,
        received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (thread_id, client_message_id)
      );
      CREATE INDEX chat_message_received ON chat_message (received_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE chat_message, chat_thread');
  }
}
