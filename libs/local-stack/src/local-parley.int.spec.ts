import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalParley, type LocalParleyOptions } from './local-parley.js';
import type { LocalService } from './parley-services.js';
import type { LogLine } from './service-process.js';
import { processStartTime } from './process-table.js';
import { waitUntil } from './wait-until.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

const services: LocalService[] = [
  {
    name: 'sms-gateway',
    main: fixture('tiny-service.mjs'),
    migrate: fixture('tiny-migrate.mjs'),
    databaseRole: 'tiny_gateway',
    usesNats: true,
  },
  {
    name: 'simulator',
    main: fixture('tiny-service.mjs'),
    env: ({ publicUrl, urlOf }) => ({ PUBLIC: publicUrl, OWN: urlOf('simulator') }),
  },
];

async function envOf(parley: LocalParley, service: string, index = 0): Promise<Record<string, string>> {
  const response = await fetch(`${parley.process(service, index).url}/env`);
  const env: Record<string, string> = JSON.parse(await response.text());
  return env;
}

/** Returns the INFO line that a NATS server sends to each client. */
function greetingOf(natsUrl: string): Promise<string> {
  const { hostname, port } = new URL(natsUrl);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    socket.once('error', reject);
    socket.once('data', (info: Buffer) => {
      socket.destroy();
      resolve(info.toString());
    });
  });
}

function passwordIn(url: string): string {
  return new URL(url).password;
}

describe('a local Parley', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'parley-local-'));
  const lines: LogLine[] = [];
  const exits: string[] = [];
  const options: LocalParleyOptions = {
    dataDir,
    services,
    durable: false,
    replicas: { 'sms-gateway': 2 },
    env: { SHARED: 'all' },
    serviceEnv: { simulator: { OWN_SETTING: 'one' } },
    log: (line) => lines.push(line),
    onUnexpectedExit: (source) => exits.push(source),
  };
  let parley: LocalParley;

  beforeAll(async () => {
    parley = await LocalParley.start(options);
  });
  afterAll(async () => {
    await parley.kill();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('each service of a local Parley gets its own settings and no others', async () => {
    const gateway = await envOf(parley, 'sms-gateway', 1);
    expect(gateway).toMatchObject({ SHARED: 'all', NATS_URL: parley.natsUrl, HOST: '127.0.0.1' });
    expect(gateway['DATABASE_URL']).toMatch(/^postgres:\/\/tiny_gateway:\S+@127\.0\.0\.1:\d+\/parley$/);
    expect(gateway).not.toHaveProperty('DATABASE_ADMIN_URL');
    expect(gateway).not.toHaveProperty('OWN_SETTING');
    const simulator = await envOf(parley, 'simulator');
    expect(simulator).toMatchObject({
      OWN_SETTING: 'one',
      PUBLIC: parley.process('sms-gateway').url,
      OWN: parley.process('simulator').url,
    });
    expect(simulator).not.toHaveProperty('DATABASE_URL');
  });

  it('a local Parley runs the migrations before the services, and each log line names its process', async () => {
    const client = new Client({ connectionString: parley.database.adminUrl });
    await client.connect();
    const { rows } = await client.query(`SELECT to_regclass('migrated_by_tiny_gateway') IS NOT NULL AS done`);
    await client.end();
    expect(rows).toEqual([{ done: true }]);
    expect(lines.slice(0, 1)).toEqual([
      { source: 'sms-gateway migrate', stream: 'stdout', text: 'migrated for tiny_gateway' },
    ]);
    expect(lines).toContainEqual({ source: 'sms-gateway#1', stream: 'stdout', text: 'listening' });
    expect(lines).toContainEqual({ source: 'simulator', stream: 'stdout', text: 'listening' });
  });

  it('a process of a local Parley can be killed and restarted on its port while the others run', async () => {
    const [first, second] = [parley.process('sms-gateway', 0), parley.process('sms-gateway', 1)];
    const pids = [first.pid, second.pid];
    expect(await first.kill()).toEqual({ code: null, signal: 'SIGKILL' });
    await expect(fetch(`${first.url}/env`)).rejects.toThrow('fetch failed');
    await first.start();
    expect((await fetch(`${first.url}/env`)).status).toBe(200);
    expect(first.pid).not.toBe(pids[0]);
    expect(second.pid).toBe(pids[1]);
    expect(exits).toEqual([]);
  });

  it('a local Parley can stop a frozen process', async () => {
    const process = parley.process('simulator');
    process.signal('SIGSTOP');
    expect(await process.stop()).toEqual({ code: 0, signal: null });
    await process.start();
  });

  it('a local Parley reports a process that exits unexpectedly', async () => {
    const crashing = parley.process('simulator');
    process.kill(crashing.pid, 'SIGKILL');
    await waitUntil('the report', () => exits.includes('simulator'));
    await crashing.start();
    expect(crashing.running).toBe(true);
  });

  it('stopping a local Parley ends every process, and the next start finds the data', async () => {
    const pids = [
      ...parley.processes().map((process) => process.pid),
      parley.postgres?.pid ?? 0,
      parley.nats?.pid ?? 0,
    ];
    await parley.stop();
    expect(pids.filter((pid) => processStartTime(pid) !== undefined)).toEqual([]);
    const before = parley.database.urlFor('tiny_gateway');
    lines.length = 0;
    parley = await LocalParley.start(options);
    expect(lines.filter(({ text }) => text.startsWith('migrated'))).toEqual([]);
    expect(passwordIn(parley.database.urlFor('tiny_gateway'))).toBe(passwordIn(before));
  });

  it('a database whose ledgers have changed is migrated again', async () => {
    const client = new Client({ connectionString: parley.database.adminUrl });
    await client.connect();
    await client.query('CREATE SCHEMA other; CREATE TABLE other.migrations (name text)');
    lines.length = 0;
    await parley.migrate();
    expect(lines).toContainEqual(expect.objectContaining({ text: 'migrated for tiny_gateway' }));
    lines.length = 0;
    await parley.migrate();
    expect(lines).toEqual([]);
    await client.query(`INSERT INTO other.migrations VALUES ('ByHand')`);
    await client.end();
    await parley.migrate();
    expect(lines).toContainEqual(expect.objectContaining({ text: 'migrated for tiny_gateway' }));
  });

  it('a schema that was restored from a dump older than the last migration is migrated again', async () => {
    const client = new Client({ connectionString: parley.database.adminUrl });
    await client.connect();
    await parley.migrate();
    lines.length = 0;
    await parley.migrate();
    expect(lines).toEqual([]);
    // As pg_restore leaves a schema: with the same migrations, and the comment of an earlier time.
    await client.query(`COMMENT ON TABLE other.migrations IS 'migrated by Parley: before'`);
    await client.end();
    await parley.migrate();
    expect(lines).toContainEqual(expect.objectContaining({ text: 'migrated for tiny_gateway' }));
  });

  it('a changed agents file or prompt causes a migration', async () => {
    const folder = mkdtempSync(join(dataDir, 'agents-'));
    const [agentsFile, prompt] = [join(folder, 'list.txt'), join(folder, 'one.md')];
    writeFileSync(agentsFile, '{}');
    writeFileSync(prompt, 'One');
    const other = await LocalParley.start({
      ...options,
      dataDir: mkdtempSync(join(dataDir, 'agents-')),
      databaseAdminUrl: parley.database.adminUrl,
      natsUrl: parley.natsUrl,
      env: { AGENTS_FILE: agentsFile },
    });
    const runsAgain = async () => {
      lines.length = 0;
      await other.migrate();
      return lines.some(({ text }) => text.startsWith('migrated'));
    };
    expect(await runsAgain()).toBe(false);
    writeFileSync(prompt, 'Two');
    expect(await runsAgain()).toBe(true);
    expect(await runsAgain()).toBe(false);
    writeFileSync(agentsFile, '[]');
    expect(await runsAgain()).toBe(true);
    rmSync(agentsFile);
    expect(await runsAgain()).toBe(true);
    await other.stop();
  });

  it('a local Parley uses given servers instead of its own', async () => {
    const { adminUrl } = parley.database;
    const { natsUrl } = parley;
    const other = await LocalParley.start({ ...options, databaseAdminUrl: adminUrl, natsUrl });
    expect(other.postgres).toBeUndefined();
    expect(other.nats).toBeUndefined();
    expect(await envOf(other, 'sms-gateway')).toMatchObject({
      DATABASE_URL: parley.database.urlFor('tiny_gateway'),
      NATS_URL: natsUrl,
    });
    await other.stop();
  });

  it('no client can connect without a password when a local Parley has NATS users', async () => {
    const natsUsers = [{ name: 'sms-gateway', password: 'secret', role: 'service' }] as const;
    const other = await LocalParley.start({
      ...options,
      dataDir: mkdtempSync(join(dataDir, 'guarded-')),
      databaseAdminUrl: parley.database.adminUrl,
      natsUsers,
    });
    expect((await envOf(other, 'sms-gateway'))['NATS_URL']).toMatch(/^nats:\/\/sms-gateway:secret@127/);
    expect(await greetingOf(other.natsUrl)).toContain(`"auth_required":true`);
    await other.stop();
  });

  it('with DATABASE_URL alone all services of a local Parley share its role', async () => {
    const { adminUrl: databaseUrl } = parley.database;
    const { natsUrl } = parley;
    const other = await LocalParley.start({ ...options, databaseUrl, natsUrl });
    expect(await envOf(other, 'sms-gateway')).toMatchObject({ DATABASE_URL: databaseUrl });
    await other.stop();
  });

  it('a local Parley stops all processes when one service does not start', async () => {
    const failing = mkdtempSync(join(tmpdir(), 'parley-local-'));
    const start = LocalParley.start({
      ...options,
      dataDir: failing,
      serviceEnv: { simulator: { TINY_FAILS: 'at start' } },
    });
    await expect(start).rejects.toThrow(/simulator ended with exit code 78[^]*TINY_SETTING is wrong/);
    // The folder could not be claimed again if a process still used it.
    const again = await LocalParley.start({ ...options, dataDir: failing });
    await again.stop();
    rmSync(failing, { recursive: true, force: true });
  });
});
