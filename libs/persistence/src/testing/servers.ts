import type { LocalNats, LocalPostgres } from '@parley/local-stack';
import { natsForTests, postgresForTests } from '@parley/testing';
import { afterAll, beforeAll } from 'vitest';

/** The servers of the spec file that runs. */
export let postgres: LocalPostgres;
export let nats: LocalNats;

/** Gives a spec file an empty Postgres. */
export function withPostgres(): void {
  beforeAll(async () => {
    postgres = await postgresForTests();
  });
}

/** Gives a spec file a nats-server. */
export function withNats(): void {
  let stop: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    ({ nats, stop } = await natsForTests());
  });
  afterAll(() => stop?.());
}
