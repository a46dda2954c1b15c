import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';

import { build } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const packageFolder = path.resolve(import.meta.dirname, '../..');
let bundleFolder: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  await mkdir(path.join(packageFolder, 'dist'), { recursive: true });
  bundleFolder = await mkdtemp(path.join(packageFolder, 'dist/spec-bundle-'));
  await build({
    configFile: false,
    logLevel: 'error',
    root: packageFolder,
    resolve: { conditions: ['@parley/source'] },
    ssr: { resolve: { conditions: ['@parley/source'] } },
    build: {
      ssr: path.join(import.meta.dirname, 'start-service.fixture.ts'),
      outDir: bundleFolder,
      target: 'node22',
    },
  });
});

afterAll(() => rm(bundleFolder, { recursive: true, force: true }));

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

interface RunningService {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exited: Promise<number | null>;
}

function run(env: Record<string, string> = {}): RunningService {
  const child = fork(path.join(bundleFolder, 'start-service.fixture.js'), {
    env: { PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  children.push(child);
  let output = '';
  const streams = [child.stdout!, child.stderr!];
  for (const stream of streams) stream.on('data', (chunk) => (output += String(chunk)));
  const exited = Promise.all([once(child, 'exit'), ...streams.map((stream) => once(stream, 'end'))]).then(
    () => child.exitCode,
  );
  return { child, output: () => output, exited };
}

async function started(service: RunningService): Promise<string> {
  const listening = () => /listening on (http:\/\/[^"\s]+)/.exec(service.output())?.[1];
  await expect.poll(listening).toBeDefined();
  return listening()!;
}

const logOf = ({ output }: RunningService): Record<string, unknown>[] =>
  output()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;

describe('a service', () => {
  it('a service is live and ready once it listens, and exits with code 0 on SIGTERM', async () => {
    const service = run();
    const origin = await started(service);
    expect(await statusOf(`${origin}/health/live`)).toBe(200);
    expect(await statusOf(`${origin}/health/ready`)).toBe(200);
    service.child.kill('SIGTERM');
    expect(await service.exited).toBe(0);
    expect(logOf(service).map(({ service: name, msg }) => [name, msg])).toEqual([
      ['fixture', `listening on ${origin}`],
      ['fixture', 'stopping: SIGTERM'],
    ]);
  });

  it('a service ends when its parent process ends', async () => {
    const service = run();
    await started(service);
    service.child.disconnect();
    expect(await service.exited).toBe(0);
  });

  it('a service is live but not ready while a condition is unmet and while it drains', async () => {
    const service = run({ UNMET: 'migrated', HOLD_SHUTDOWN: 'yes' });
    const origin = await started(service);
    const notYet = await fetch(`${origin}/health/ready`);
    expect([notYet.status, await notYet.json()]).toEqual([
      503,
      { status: 'unavailable', reasons: ['not migrated'] },
    ]);

    service.child.kill('SIGINT');
    await expect.poll(() => service.output()).toContain('stopping: SIGINT');
    const draining = await fetch(`${origin}/health/ready`);
    expect(draining.status).toBe(503);
    expect(await draining.json()).toMatchObject({ reasons: ['not migrated', 'draining'] });
    expect(await statusOf(`${origin}/health/live`)).toBe(200);
    service.child.send('release');
    expect(await service.exited).toBe(0);
  });

  it('a service answers the requests in progress before it ends', async () => {
    const service = run();
    const origin = await started(service);
    const inFlight = fetch(`${origin}/held`);
    await expect.poll(() => service.output()).toContain('held');
    service.child.kill('SIGTERM');
    await expect.poll(() => service.output()).toContain('stopping: SIGTERM');
    service.child.send('release');
    expect(await (await inFlight).json()).toEqual({ held: false });
    expect(await service.exited).toBe(0);
  });

  it('a draining service that finishes its work answers requests and is not ready', async () => {
    const service = run({ FINISH_WITHIN_MS: '60000' });
    const origin = await started(service);
    service.child.kill('SIGTERM');
    await expect.poll(() => service.output()).toContain('stopping: SIGTERM');
    expect(await statusOf(`${origin}/health/ready`)).toBe(503);
    expect(await statusOf(`${origin}/health/live`)).toBe(200);
    service.child.kill('SIGTERM');
    service.child.send('finished');
    expect(await service.exited).toBe(0);
    expect(service.output().match(/stopping/g)).toHaveLength(1);
  });

  it('a draining service closes when its work takes longer than its limit', async () => {
    const service = run({ FINISH_WITHIN_MS: '100' });
    await started(service);
    service.child.kill('SIGTERM');
    expect(await service.exited).toBe(0);
  });

  it('a draining service does not finish its work if its parent process ends meanwhile', async () => {
    const service = run({ FINISH_WITHIN_MS: '60000' });
    await started(service);
    service.child.kill('SIGTERM');
    await expect.poll(() => service.output()).toContain('stopping: SIGTERM');
    service.child.disconnect();
    expect(await service.exited).toBe(0);
  });

  it('a service listens before its message server has connected', async () => {
    const service = run({ MESSAGE_SERVER: 'connects-never' });
    const origin = await started(service);
    expect(await statusOf(`${origin}/health/ready`)).toBe(200);
    service.child.kill('SIGTERM');
    expect(await service.exited).toBe(0);
  });

  it('a service whose shutdown takes longer than its deadline exits with code 1', async () => {
    const service = run({ SHUTDOWN_DEADLINE_MS: '200' });
    const origin = await started(service);
    const inFlight = fetch(`${origin}/held`).catch(() => 'cut');
    await expect.poll(() => service.output()).toContain('held');
    service.child.kill('SIGTERM');
    expect(await service.exited).toBe(1);
    expect(await inFlight).toBe('cut');
    expect(service.output()).toContain('The service did not close within 200 ms');
  });
});

describe('a service that cannot continue logs the reason in one line and ends', () => {
  it.each([
    ['with code 78 for its configuration', { START_ERROR: 'configuration' }, 78, 'the schema is too old'],
    ['with code 1 for any other error of its start', { START_ERROR: 'other' }, 1, 'no such provider'],
    ['with code 1 when its message server fails', { MESSAGE_SERVER: 'fails' }, 1, 'no message server'],
    ['with code 1 for an uncaught error', { THROW_LATER: 'yes' }, 1, 'nobody caught +…'],
  ])(
    'a service that cannot continue logs the reason in one line and ends %s',
    async (_, env, exitCode, reason) => {
      const service = run(env);
      expect(await service.exited).toBe(exitCode);
      const fatal = logOf(service).filter(({ level }) => level === 'fatal' || level === 'error');
      expect(fatal).toMatchObject([{ level: 'fatal', msg: `fixture cannot continue: ${reason}` }]);
    },
  );

  it('a service whose port is in use exits with code 1 and names the port', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? address!.port : 0;
    const service = run({ PORT: String(port) });
    expect(await service.exited).toBe(1);
    expect(logOf(service).filter(({ level }) => level !== 'info')).toMatchObject([
      {
        level: 'fatal',
        msg: `fixture cannot continue: port ${port} on 127.0.0.1 is in use by another program`,
      },
    ]);
    other.close();
  });

  it('a service with wrong variables exits with code 78 and names all of them', async () => {
    const service = run({ PORT: 'x', LOG_LEVEL: 'y' });
    expect(await service.exited).toBe(78);
    expect(service.output()).toContain('fixture cannot start: 2 variables are missing or wrong.');
  });
});
