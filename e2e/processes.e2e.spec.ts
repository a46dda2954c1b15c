import { RunningParley, someNumber, storedRowsWith } from '@parley/testing';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Words that the test searches for everywhere. */
const CANARY = 'a canary sings';

let parley: RunningParley;

beforeAll(async () => {
  parley = await RunningParley.start();
});
afterAll(async () => parley?.stop());

describe('separate services', () => {
  it('[P-01] the services are separate processes, connected by NATS and Postgres alone', async () => {
    const number = someNumber();
    await parley.simulator.text({ from: number, body: 'Hello' });
    await parley.simulator.repliesTo(number);

    const gateway = parley.process('sms-gateway');
    const orchestrator = parley.process('agent-orchestrator');
    expect(gateway.pid).not.toBe(orchestrator.pid);
    const allowed = [parley.postgres.port, Number(new URL(parley.nats.url).port)];
    expect(peersOf(orchestrator.pid).filter((port) => !allowed.includes(port))).toEqual([]);
    expect(peersOf(orchestrator.pid)).toEqual(expect.arrayContaining(allowed));
    const simulatorPort = Number(new URL(parley.simulator.url).port);
    expect(peersOf(gateway.pid).filter((port) => ![...allowed, simulatorPort].includes(port))).toEqual([]);
  });

  it('[P-01] the gateway accepts texts while no orchestrator runs', async () => {
    await parley.process('agent-orchestrator').stop();
    const person = someNumber();
    const answer = await parley.webhook(parley.inboundParams({ from: person, body: 'anybody?' }));
    expect(answer.status).toBe(200);
    const unpublished = () => parley.query('SELECT 1 FROM gateway.outbox WHERE published_at IS NULL');
    await expect.poll(unpublished).toEqual([]);
    // A message that only JetStream holds counts as unfinished work.
    await expect(parley.settled({ timeoutMs: 500 })).rejects.toThrow(/agent-orchestrator_int-sms-received/);
    await parley.process('agent-orchestrator').start();
    await parley.settled();
    expect(await parley.simulator.messages({ to: person, direction: 'outbound', waitMs: 0 })).toHaveLength(1);
  });

  it.each(['sms-gateway', 'agent-orchestrator'])(
    '[P-01] the service %s can read no schema but its own',
    async (service) => {
      const role = service === 'sms-gateway' ? 'parley_gateway' : 'parley_orchestrator';
      const own = service === 'sms-gateway' ? 'gateway' : 'orchestrator';
      const readable = await parley.query<{ schema: string }>(
        `SELECT DISTINCT table_schema AS schema FROM information_schema.tables
        WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
          AND has_schema_privilege($1, table_schema, 'USAGE')
          AND has_table_privilege($1, quote_ident(table_schema) || '.' || quote_ident(table_name), 'SELECT')`,
        [role],
      );
      const schemas = readable.map(({ schema }) => schema).toSorted();
      expect(schemas).toEqual([own, `${own}_jobs`]);
      const [rights] = await parley.query<{ create: boolean }>(
        `SELECT has_schema_privilege($1, $2, 'CREATE') AS create`,
        [role, own],
      );
      expect(rights!.create).toBe(false);
    },
  );
});

it('[S-22] a text’s number is readable neither in Postgres nor in JetStream nor in a log, and its body in no internal stream', async () => {
  const number = someNumber();
  const body = `${CANARY} ${number.slice(2)} times`;
  await parley.simulator.text({ from: number, body: `remember that ${body}` });
  await parley.simulator.messages({ to: number, direction: 'outbound', status: 'delivered' });

  const digits = number.slice(1);
  const services = parley.logs.filter(({ source }) => source !== 'simulator');
  expect(services.length).toBeGreaterThan(0);
  expect(services.filter(({ text }) => text.includes(digits) || text.includes(CANARY))).toEqual([]);

  const schemas = ['gateway', 'gateway_jobs', 'orchestrator', 'orchestrator_jobs'];
  const query = <Row extends object>(sql: string, params?: unknown[]) => parley.query<Row>(sql, params);
  expect(await storedRowsWith(query, schemas, [digits])).toEqual([]);
  // The log and the public events hold the words in clear.
  const told = await storedRowsWith(query, schemas, [CANARY]);
  expect(new Set(told.map(({ table }) => table))).toEqual(
    new Set(['orchestrator.message', 'orchestrator.outbox']),
  );
  const inOutbox = told.filter(({ table }) => table === 'orchestrator.outbox');
  expect(inOutbox.filter(({ row }) => !row.includes('"subject": "evt.'))).toEqual([]);

  await parley.settled();
  const files = filesBelow(join(parley.dataFolder, 'nats')).map((file) => ({
    stream: /streams\/([A-Z]+)\//.exec(file)?.[1],
    content: readFileSync(file),
  }));
  const streamsWith = (words: string) =>
    new Set(files.filter(({ content }) => content.includes(words)).map(({ stream }) => stream));
  const streams = files.flatMap(({ stream }) => stream ?? []);
  expect([...new Set(streams)].toSorted()).toEqual(['CMD', 'EVT', 'INT']);
  expect(streamsWith(CANARY)).toEqual(new Set(['EVT']));
  expect(streamsWith(digits)).toEqual(new Set());
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Returns the ports of this machine that a process is connected to as a client. */
function peersOf(pid: number): number[] {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
  const connections = ['tcp', 'tcp6'].flatMap((family) =>
    readFileSync(`/proc/${pid}/net/${family}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/)),
  );
  const ESTABLISHED = '01';
  const LISTEN = '0A';
  const portOf = (address: string) => parseInt(address.split(':')[1]!, 16);
  const own = connections.filter((fields) => sockets.has(fields[9] ?? ''));
  const listening = new Set(own.filter((fields) => fields[3] === LISTEN).map((fields) => portOf(fields[1]!)));
  return own
    .filter((fields) => fields[3] === ESTABLISHED && !listening.has(portOf(fields[1]!)))
    .map((fields) => portOf(fields[2]!));
}
