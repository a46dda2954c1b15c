import type { LocalPostgres } from '@parley/local-stack';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { recoveryTimes } from '../recovery-times.js';
import { freeze } from '../testing/freeze.js';
import { connectedService, postgresForTests } from '../testing/stack.js';
import { PartitionLeases } from './partition-leases.js';

let postgres: LocalPostgres;
let stop: () => Promise<void>;

beforeAll(async () => {
  ({ postgres, stop } = await postgresForTests());
});
afterAll(() => stop());

it('holds every partition once, and gives them to the other after a freeze', async () => {
  const { database } = await connectedService(postgres);
  const times = { ...recoveryTimes, leaseMs: 3_000, leaseRenewMs: 1 };
  const [one, other] = [new PartitionLeases(database, times), new PartitionLeases(database, times)];
  await one.refresh();
  await other.refresh();
  expect(one.held()).toHaveLength(16);
  expect(other.held()).toEqual([]);

  freeze(3_050);
  expect(one.held()).toEqual([]);
  await other.refresh();
  expect(other.held()).toHaveLength(16);
  expect(await one.refresh()).toEqual(new Set());
  expect(one.held()).toEqual([]);
});

it('tells what it held without a break from what it got back', async () => {
  const { database } = await connectedService(postgres);
  const leases = new PartitionLeases(database, { ...recoveryTimes, leaseMs: 3_000, leaseRenewMs: 1 });
  expect((await leases.refresh()).size).toBe(0);
  expect((await leases.refresh()).size).toBe(16);
  freeze(3_050);
  expect((await leases.refresh()).size).toBe(0);
  expect(leases.held()).toHaveLength(16);
});

it('is free at once after a release', async () => {
  const { database } = await connectedService(postgres);
  const [one, other] = [
    new PartitionLeases(database, recoveryTimes),
    new PartitionLeases(database, recoveryTimes),
  ];
  await one.refresh();
  await one.release();
  await other.refresh();
  expect(other.held()).toHaveLength(16);
});
