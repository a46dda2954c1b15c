import type { MigrationInterface, QueryRunner } from 'typeorm';

import type { MigrationClass } from './require-migrated.js';

/** The number of outbox partitions. It must never change, because each row stores its partition. */
export const OUTBOX_PARTITIONS = 16;

/** The messages to publish, and the leases of the partitions. */
class CreateOutbox1767225600000 implements MigrationInterface {
  readonly name = 'CreateOutbox1767225600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE outbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        event_id text NOT NULL UNIQUE,
        partition smallint NOT NULL CHECK (partition BETWEEN 0 AND ${OUTBOX_PARTITIONS - 1}),
        ordering_key text NOT NULL,
        subject text NOT NULL,
        headers jsonb NOT NULL,
        payload bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        published_at timestamptz,
        failed_at timestamptz,
        failure text,
        -- How often the message was lost after its PubAck.
        republished integer NOT NULL DEFAULT 0
      )`);
    await runner.query(
      'CREATE INDEX outbox_pending ON outbox (id) WHERE published_at IS NULL AND failed_at IS NULL',
    );
    // Published messages that are not settled. The table has few columns, because each message gets a row in it.
    await runner.query(`
      CREATE TABLE outbox_settlement (
        outbox_id bigint PRIMARY KEY,
        partition smallint NOT NULL,
        -- The message's stream, the stream's creation time as JetStream writes it, and the position in the stream.
        kind text NOT NULL,
        stream_created text NOT NULL,
        stream_sequence bigint NOT NULL,
        published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        -- When settlement asks the consumers whether they have the message.
        due_at timestamptz NOT NULL
      )`);
    await runner.query('CREATE INDEX outbox_settlement_due ON outbox_settlement (due_at)');
    await runner.query(`
      CREATE TABLE outbox_partition (
        partition smallint PRIMARY KEY,
        lease_token uuid,
        lease_until timestamptz
      )`);
    await runner.query(
      `INSERT INTO outbox_partition (partition) SELECT generate_series(0, ${OUTBOX_PARTITIONS - 1})`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE outbox_partition, outbox_settlement, outbox');
  }
}

/** The messages that each consumer has handled, is failing on, or has as dead letters. */
class CreateInbox1767225600001 implements MigrationInterface {
  readonly name = 'CreateInbox1767225600001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE inbox (
        consumer text NOT NULL,
        event_id text NOT NULL,
        state text NOT NULL CHECK (state IN ('done', 'failing', 'dead')),
        attempts integer NOT NULL DEFAULT 0,
        subject text,
        headers jsonb,
        payload text,
        error text,
        received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (consumer, event_id)
      )`);
    // A dead letter has its payload until it is handled, even during a redrive.
    await runner.query(`CREATE INDEX inbox_dead ON inbox (updated_at) WHERE payload IS NOT NULL`);
    await runner.query(`
      CREATE TABLE inbox_redrive (
        request_id text PRIMARY KEY,
        consumer text NOT NULL,
        event_id text NOT NULL,
        outcome text CHECK (outcome IN ('handled', 'failed')),
        error text,
        begun_at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE inbox_redrive, inbox');
  }
}

/** Lets a relay read the next row of its partitions without reading rows of other partitions. */
class IndexSettlementByPartition1767225600002 implements MigrationInterface {
  readonly name = 'IndexSettlementByPartition1767225600002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX outbox_settlement_next ON outbox_settlement (partition, due_at)');
    await runner.query('DROP INDEX outbox_settlement_due');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX outbox_settlement_due ON outbox_settlement (due_at)');
    await runner.query('DROP INDEX outbox_settlement_next');
  }
}

/** Adds the migrations of this library's tables to a service's own. */
export function withBaseMigrations(migrations: readonly MigrationClass[]): readonly MigrationClass[] {
  return [
    CreateOutbox1767225600000,
    CreateInbox1767225600001,
    IndexSettlementByPartition1767225600002,
    ...migrations,
  ];
}
