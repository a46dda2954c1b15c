import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { freePort, repositoryRoot } from '@parley/local-stack';
import { someNumber } from '@parley/testing';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

/** Long enough for slow and busy machines. */
const READY_WITHIN_MS = 240_000;

/** Runs `npm start` on this file's own port and data folder. */
class NpmStart {
  output = '';
  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout!, child.stderr!])
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
  }

  static run(args: string[] = [], env: NodeJS.Dict<string> = {}): NpmStart {
    return new NpmStart(tool(['start', ...args], env));
  }

  get pid(): number {
    return this.child.pid!;
  }

  get exitCode(): number | null {
    return this.child.exitCode;
  }

  async ready(): Promise<void> {
    await expect
      .poll(() => this.output.includes('Ctrl-C stops everything') || this.child.exitCode !== null, {
        timeout: READY_WITHIN_MS,
      })
      .toBe(true);
    expect(this.child.exitCode, this.output).toBeNull();
  }

  async ended(signal?: NodeJS.Signals): Promise<number | null> {
    const exited = new Promise<void>((resolve) => this.child.once('exit', () => resolve()));
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    if (signal) this.child.kill(signal);
    await exited;
    return this.child.exitCode;
  }
}

const dataDir = mkdtempSync(join(tmpdir(), 'parley-launcher-'));
let port: number;
let running: NpmStart | undefined;

function tool(args: string[], env: NodeJS.Dict<string> = {}): ChildProcess {
  return spawn(process.execPath, [join(repositoryRoot, 'tools/bootstrap.mjs'), ...args], {
    cwd: repositoryRoot,
    env: { ...process.env, PARLEY_DATA_DIR: dataDir, WEBHOOK_PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const sms = (...args: string[]) => printedBy('sms', ...args);

async function printedBy(...args: string[]): Promise<{ output: string; exitCode: number | null }> {
  const child = tool(args);
  let output = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  return { output, exitCode: child.exitCode };
}

async function start(args: string[] = [], env: NodeJS.Dict<string> = {}): Promise<NpmStart> {
  running = NpmStart.run(args, env);
  await running.ready();
  return running;
}

async function conversationCount(): Promise<number> {
  const key = /Bearer (\S+?)"/.exec(running!.output)![1]!;
  const answer = await fetch(`http://localhost:${port}/v1/conversations`, {
    headers: { authorization: `Bearer ${key}` },
  });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { data: unknown[] }).data.length;
}

/** Reads facts as docs/events.md describes, with the address and password that `npm start` printed. */
async function factsOfSubscriber(output: string, count: number): Promise<string[]> {
  const [, servers, user, pass] = /Events: (\S+), user (\S+), password (\S+) /.exec(output)!;
  const connection = await connect({
    servers: servers!,
    user: user!,
    pass: pass!,
    inboxPrefix: '_INBOX_events',
  });
  try {
    const manager = await jetstreamManager(connection);
    await manager.consumers.add('EVT', {
      durable_name: 'my-service',
      ack_policy: 'explicit',
      filter_subject: 'evt.message.*.v1.*',
    });
    const consumer = await jetstream(connection).consumers.get('EVT', 'my-service');
    const facts: string[] = [];
    for await (const message of await consumer.consume()) {
      facts.push(message.subject.split('.')[2]!);
      message.ack();
      if (facts.length === count) break;
    }
    return facts;
  } finally {
    await connection.close();
  }
}

async function ask<T>(url: string, body?: object): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, body && { method: 'POST', headers, body: JSON.stringify(body) });
  expect(answer.ok, url).toBe(true);
  return (await answer.json()) as T;
}

/** Returns the descendants of a process, from /proc. */
function descendantsOf(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        return [{ pid: Number(name), parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) }];
      } catch {
        return [];
      }
    });
  const below = (parent: number): number[] =>
    parents.filter((one) => one.parent === parent).flatMap((one) => [one.pid, ...below(one.pid)]);
  return below(pid);
}

function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
  } catch {
    return false;
  }
}

beforeAll(async () => {
  port = await freePort();
});
afterEach(async () => {
  await running?.ended('SIGTERM');
  running = undefined;
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

describe('[P-06] npm start', () => {
  it('npm start answers a text and a web message from the terminal; the data survives a restart, and --reset deletes the data', async () => {
    const first = await start();
    expect(first.output).toContain('npm run sms -- "+15550100001" "Hello"');

    const answer = await sms('+15550100001', 'Hello, my name is Grace.');
    expect(answer).toMatchObject({ exitCode: 0 });
    const chat = await printedBy('chat', 'ada', 'Hello, my name is Ada.');
    expect(chat).toMatchObject({ exitCode: 0, output: expect.stringMatching(/^ada → Hello.*\nagent → /s) });
    expect(await conversationCount()).toBe(2);
    expect(await factsOfSubscriber(first.output, 3)).toContain('received');
    expect(readFileSync(join(dataDir, 'nats', 'nats.log'), 'utf8')).not.toMatch(/violation/i);
    const children = descendantsOf(first.pid);
    expect(children.length).toBeGreaterThanOrEqual(5);
    expect(await first.ended('SIGINT')).toBe(0);
    await expect.poll(() => children.filter(isAlive)).toEqual([]);

    await start();
    expect((await sms('+15550100001', 'What is my name?')).output).toContain('Grace');
    expect(await conversationCount()).toBe(2);
    await running!.ended('SIGTERM');

    await start(['--reset']);
    expect(await conversationCount()).toBe(0);
  }, 600_000);

  it('a killed npm start leaves no process running, and starts again', async () => {
    const { pid } = await start();
    const children = descendantsOf(pid);
    process.kill(children.find((child) => /start\.js/.test(commandOf(child))) ?? pid, 'SIGKILL');
    await expect.poll(() => children.filter(isAlive)).toEqual([]);
    await start();
  }, 600_000);

  it('npm start works without HOME, and stops without waiting for a call', async () => {
    const launcher = await start([], { HOME: undefined, NATS_SERVER_BIN: undefined });
    const { simulator }: { simulator: { url: string } } = JSON.parse(
      readFileSync(join(dataDir, 'run.json'), 'utf8'),
    );
    const calls = `${simulator.url}/control/calls`;
    const { callSid } = await ask<{ callSid: string }>(calls, { from: someNumber() });
    await expect
      .poll(() => ask<{ status: string }>(`${calls}/${callSid}`))
      .toMatchObject({ status: 'in-progress', streams: [{ stoppedMs: null }] });
    // A text that takes minutes to say.
    await ask(`${calls}/${callSid}/say`, { text: 'and '.repeat(600).trim(), wait: false });
    expect(await launcher.ended('SIGINT')).toBe(0);
    expect(readFileSync(join(dataDir, 'nats', 'nats.log'), 'utf8')).not.toMatch(/violation/i);
  }, 600_000);

  it('npm start lists every wrong setting at once before anything starts, with exit code 78', async () => {
    const folder = join(dataDir, 'refused');
    const wrong = {
      WEBHOOK_PORT: '99999',
      DATABASE_ADMIN_URL: 'foo',
      NATS_URL: 'nats://127.0.0.1:1',
      PARLEY_DATA_KEYS: 'not-a-key',
      PARLEY_API_KEY: 'short',
      LLM_TIMEOUT_MS: 'long',
      VOICE_MAX_CALLS: 'many',
      AGENTS_FILE: join(dataDir, 'nowhere.json'),
    };
    const refused = NpmStart.run([], { PARLEY_DATA_DIR: folder, ...wrong });
    expect(await refused.ended()).toBe(78);
    expect(refused.output).toContain('Parley cannot start: 8 variables are missing or wrong.');
    for (const name of Object.keys(wrong)) expect(refused.output.split(`\n  ${name} `)).toHaveLength(2);
    expect(refused.output).not.toMatch(/Starting|ERROR|WARN/);
    expect(existsSync(folder)).toBe(false);
  });

  it.each(['/dev/null/parley', '/proc/parley'])(
    'npm start refuses the data folder %s, which cannot be created, with exit code 78',
    async (folder) => {
      const refused = NpmStart.run([], { PARLEY_DATA_DIR: folder });
      expect(await refused.ended()).toBe(78);
      expect(refused.output).toMatch(/PARLEY_DATA_DIR +\S+ cannot hold the data \(EN/);
    },
  );

  it('npm start leaves no data folder behind when its port is in use', async () => {
    const folder = join(dataDir, 'unused');
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    try {
      const refused = NpmStart.run([], { PARLEY_DATA_DIR: folder });
      expect(await refused.ended()).not.toBe(0);
      expect(refused.output).toContain(`Port ${port} is in use`);
      expect(refused.output).toContain('WEBHOOK_PORT=');
      expect(existsSync(folder)).toBe(false);
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });

  it.each(['Starting Postgres', 'initdb', 'migrate.js', 'agent-orchestrator/main.js'])(
    'Ctrl-C during a first start ends every process before the prompt returns (%s)',
    async (moment) => {
      const folder = mkdtempSync(join(dataDir, 'abandoned-'));
      const abandoned = NpmStart.run([], { PARLEY_DATA_DIR: folder });
      await expect
        .poll(
          () =>
            abandoned.output.includes(moment) ||
            descendantsOf(abandoned.pid).some((pid) => commandOf(pid).includes(moment)),
          { interval: 10 },
        )
        .toBe(true);
      const children = descendantsOf(abandoned.pid).filter((pid) => !commandOf(pid).includes('guardian.mjs'));
      expect(children.length).toBeGreaterThan(0);
      expect(await abandoned.ended('SIGINT')).toBe(130);
      expect(children.filter(isAlive).map(commandOf)).toEqual([]);
      expect(abandoned.output.slice(abandoned.output.indexOf('Stopping …'))).toBe('Stopping …\n');
    },
  );
});

describe('npm run sms', () => {
  it('npm run sms explains that Parley is not running', async () => {
    const answer = await sms('+15550100001', 'Hello');
    expect(answer.exitCode).not.toBe(0);
    expect(answer.output).toContain('npm start');
  });
});

describe("[S-23] the plugin's own curl, unsigned", () => {
  const post = (headers: Record<string, string>, body = `From=${someNumber()}&Body=Hello AI`) =>
    fetch(`http://localhost:${port}/webhook/sms`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body,
    });

  it('an unsigned curl works from this machine only', async () => {
    await start(['--reset']);
    // The unencoded plus sign arrives as a space; the gateway restores it.
    expect((await post({}, 'From=+1234567890&Body=Hello AI')).status).toBe(200);
    await expect.poll(conversationCount).toBe(1);
    expect((await post({}, 'From=%2B1234567890&Body=Hello again')).status).toBe(200);

    const visitors: Record<string, string>[] = [
      { 'x-forwarded-for': '127.0.0.1' },
      { 'x-forwarded-host': 'localhost' },
      { forwarded: 'for=127.0.0.1' },
      { origin: 'http://localhost' },
      { 'x-parley-local-origin': 'guessed', 'x-forwarded-for': '203.0.113.5' },
      { 'x-twilio-signature': 'forged' },
    ];
    for (const headers of visitors) {
      const refused = await post(headers);
      expect(refused.status, JSON.stringify(headers)).toBe(403);
      expect(refused.headers.get('content-type')).toContain('application/problem+json');
    }
    expect(await conversationCount()).toBe(1);
  }, 600_000);
});

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
