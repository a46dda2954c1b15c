import { expect, it, onTestFinished, vi } from 'vitest';

import type { Database } from '../database/database.js';
import { persistenceTimes } from '../persistence-times.js';
import { connectedService } from '../testing/stack.js';
import { PartitionLeases } from './partition-leases.js';
import { postgres, withPostgres } from '../testing/servers.js';

withPostgres();

const times = { ...persistenceTimes, leaseRenewMs: 1 };

/** Advances both clocks, as if this process had been stopped for longer than a lease. */
async function letLeasesRunOut(database: Database): Promise<void> {
  const now = performance.now.bind(performance);
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + times.leaseMs);
  onTestFinished(() => clock.mockRestore());
  await database.rows('UPDATE outbox_partition SET lease_until = clock_timestamp()');
}

it('one replica leases all outbox partitions, and another leases them after the first was frozen', async () => {
  const { database } = await connectedService(postgres);
  const [one, other] = [new PartitionLeases(database, times), new PartitionLeases(database, times)];
  await one.refresh();
  await other.refresh();
  expect(one.held()).toHaveLength(16);
  expect(other.held()).toEqual([]);

  await letLeasesRunOut(database);
  expect(one.held()).toEqual([]);
  await other.refresh();
  expect(other.held()).toHaveLength(16);
  expect(await one.refresh()).toEqual(new Set());
  expect(one.held()).toEqual([]);
});

it('a refresh returns only outbox partitions that the replica leased without a break', async () => {
  const { database } = await connectedService(postgres);
  const leases = new PartitionLeases(database, times);
  expect((await leases.refresh()).size).toBe(0);
  expect((await leases.refresh()).size).toBe(16);
  await letLeasesRunOut(database);
  expect((await leases.refresh()).size).toBe(0);
  expect(leases.held()).toHaveLength(16);
});

it('a released outbox partition can be leased at once', async () => {
  const { database } = await connectedService(postgres);
  const [one, other] = [
    new PartitionLeases(database, persistenceTimes),
    new PartitionLeases(database, persistenceTimes),
  ];
  await one.refresh();
  await one.release();
  await other.refresh();
  expect(other.held()).toHaveLength(16);
});
