import { setTimeout as delay } from 'node:timers/promises';

import { waitUntil } from '@parley/local-stack';
import { PgBoss } from 'pg-boss';
import { expect, it, onTestFinished } from 'vitest';

import { Database } from '../database/database.js';
import { persistenceTimes } from '../persistence-times.js';
import { migrate } from '../schema/migrate.js';
import { clientOf, connectedService, newService } from '../testing/stack.js';
import { type ScheduledJob, ScheduledJobs } from './scheduled-jobs.js';
import { postgres, withPostgres } from '../testing/servers.js';

const times = { ...persistenceTimes, jobPollMs: 500 };
const NEVER_TODAY = '0 0 31 12 *';

withPostgres();

/** One process of a service with one job. */
function processOf(database: Database, run: ScheduledJob['run'], cron = NEVER_TODAY): ScheduledJobs {
  const jobs = new ScheduledJobs(database, times);
  jobs.add({ name: 'tidy-up', cron, run });
  jobs.start();
  onTestFinished(() => jobs.stop());
  return jobs;
}

/** Makes the job due now, as its schedule would. */
async function makeDue(adminUrl: string): Promise<void> {
  const boss = new PgBoss({
    connectionString: adminUrl,
    schema: 'noted_jobs',
    migrate: false,
    createSchema: false,
    supervise: false,
    schedule: false,
    max: 1,
  });
  boss.on('error', () => undefined);
  await boss.start();
  await waitUntil('the queue', async () => (await boss.getQueue('tidy-up')) !== null);
  // pg-boss refuses to send while the previous run has not ended.
  await waitUntil('the job to be sent', async () => (await boss.send('tidy-up')) ?? false);
  await boss.stop();
}

it('a scheduled job runs with the rights of the service, and in only one of two processes', async () => {
  const { database, adminUrl } = await connectedService(postgres);
  let runs = 0;
  const run = async (): Promise<void> => {
    await database.rows("INSERT INTO note (text) VALUES ('tidied')");
    runs++;
  };
  processOf(database, run);
  processOf(database, run);
  await makeDue(adminUrl);
  await waitUntil('the job', async () => runs > 0);
  await makeDue(adminUrl);
  await waitUntil('the job again', async () => runs > 1);
  expect(await database.rows('SELECT 1 FROM note')).toHaveLength(2);
});

it('a scheduled job is registered with its cron schedule in UTC', async () => {
  const { database, adminUrl } = await connectedService(postgres);
  processOf(database, async () => undefined, '*/10 * * * *');
  const admin = await clientOf(adminUrl);
  const schedules = async () =>
    (await admin.query('SELECT name, cron, timezone FROM noted_jobs.schedule')).rows as unknown[];
  await waitUntil('the schedule', async () => (await schedules()).length > 0);
  expect(await schedules()).toEqual([{ name: 'tidy-up', cron: '*/10 * * * *', timezone: 'UTC' }]);
});

it('a running scheduled job gets the signal to stop when its process stops', async () => {
  const { database, adminUrl } = await connectedService(postgres);
  let begun = false;
  let ended = false;
  const jobs = processOf(database, async (stopping) => {
    begun = true;
    await delay(60_000, undefined, { signal: stopping }).catch(() => undefined);
    ended = true;
  });
  await makeDue(adminUrl);
  await waitUntil('the run to begin', () => begun);
  await jobs.stop();
  expect(ended).toBe(true);
});

it('scheduled jobs that start during an outage of Postgres run after it', async () => {
  const service = await newService(postgres);
  await migrate(service);
  const database = new Database(service);
  onTestFinished(() => database.close());
  await database.connect();
  await postgres.stop('immediate');
  let runs = 0;
  const jobs = processOf(database, async () => {
    runs++;
  });
  await postgres.start();
  await makeDue(service.adminUrl);
  await waitUntil('the job', () => runs > 0);
  await jobs.stop();
  expect(runs).toBeGreaterThan(0);
});

it('a service may use but not alter the tables of its scheduled jobs, and a second migration changes nothing', async () => {
  const service = await newService(postgres);
  await migrate(service);
  await migrate(service);
  const runtime = await clientOf(service.databaseUrl);
  expect((await runtime.query('SELECT version FROM noted_jobs.version')).rowCount).toBe(1);
  await expect(runtime.query('DROP TABLE noted_jobs.schedule')).rejects.toThrow('must be owner');
  await expect(runtime.query('CREATE TABLE noted_jobs.mine (id int)')).rejects.toThrow('permission denied');
});
