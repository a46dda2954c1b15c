import { RunningParley, someNumber } from '@parley/testing';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let parley: RunningParley;

beforeAll(async () => {
  parley = await RunningParley.start();
});
afterAll(async () => parley?.stop());

describe('[P-01] the services', () => {
  it('are processes of their own, with nothing but NATS and Postgres between them', async () => {
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

  it('one is of use without the other: the gateway takes texts while no orchestrator runs', async () => {
    await parley.process('agent-orchestrator').stop();
    const answer = await parley.webhook(parley.inboundParams({ from: someNumber(), body: 'anybody?' }));
    expect(answer.status).toBe(200);
    await parley.process('agent-orchestrator').start();
  });

  it.each(['sms-gateway', 'agent-orchestrator'])('%s reads no schema but its own', async (service) => {
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
  });
});

describe('[S-22] what a text leaves behind', () => {
  it('its number is readable neither in Postgres, nor in JetStream, nor in a log; its body not in a stream of ours', async () => {
    const number = someNumber();
    const body = `a canary sings ${number.slice(2)} times`;
    await parley.simulator.text({ from: number, body: `remember that ${body}` });
    await parley.simulator.messages({ to: number, direction: 'outbound', status: 'delivered' });

    const digits = number.slice(1);
    const services = parley.logs.filter(({ source }) => source !== 'simulator');
    expect(services.length).toBeGreaterThan(0);
    expect(services.filter(({ text }) => text.includes(digits) || text.includes('a canary sings'))).toEqual(
      [],
    );

    for (const { schema, table } of await tables()) {
      if (schema === 'orchestrator' && table === 'message') continue;
      const rows = await parley.query<{ row: string }>(
        `SELECT to_jsonb(t)::text AS row FROM ${schema}.${table} t`,
      );
      const telling = rows.filter(({ row }) => row.includes(`"+${digits}`) || row.includes(`:+${digits}`));
      expect(telling, `${schema}.${table}`).toEqual([]);
    }
    const intOrCmd = filesBelow(join(parley.dataFolder, 'nats')).filter((file) =>
      /streams\/(INT|CMD)\//.test(file),
    );
    expect(intOrCmd.length).toBeGreaterThan(0);
    for (const file of intOrCmd) {
      const content = readFileSync(file);
      expect(content.includes(digits), file).toBe(false);
      expect(content.includes('a canary sings'), file).toBe(false);
    }
  });
});

async function tables(): Promise<{ schema: string; table: string }[]> {
  return parley.query(
    `SELECT table_schema AS schema, quote_ident(table_name) AS table FROM information_schema.tables
      WHERE table_schema IN ('gateway', 'orchestrator') AND table_type = 'BASE TABLE'`,
  );
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The ports that a process of this machine is connected to, as a client. */
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
