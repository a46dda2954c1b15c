import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { repositoryRoot } from '@parley/local-stack';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** A checkout without an installation, and an npm that never finishes and has a child. */
describe('a fresh clone', () => {
  let root: string;
  let output: string;

  beforeEach(() => {
    output = '';
    root = mkdtempSync(join(tmpdir(), 'parley-clone-'));
    mkdirSync(join(root, 'tools'));
    for (const name of ['bootstrap.mjs', 'build.mjs', 'programs.mjs', 'help'])
      cpSync(join(repositoryRoot, 'tools', name), join(root, 'tools', name), { recursive: true });
    copyCacheOfNatsServer(root);
    writeFileSync(
      join(root, 'package-lock.json'),
      '{"packages":{"node_modules/absent":{"version":"1.0.0"}}}',
    );
    mkdirSync(join(root, 'bin'));
    const npm =
      '#!/bin/sh\ntrap "" INT TERM\necho "$@" > npm-arguments\nsleep 600 &\necho $! > npm-child\nwait\n';
    writeFileSync(join(root, 'bin', 'npm'), npm);
    chmodSync(join(root, 'bin', 'npm'), 0o755);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function bootstrap(changes: NodeJS.Dict<string>, ...args: string[]): ChildProcess {
    const { npm_lifecycle_event: _, ...env } = { ...process.env, ...changes };
    const child = spawn(process.execPath, [join(root, 'tools', 'bootstrap.mjs'), ...args], {
      cwd: root,
      env: { ...env, PATH: `${join(root, 'bin')}${delimiter}${env['PATH']}`, NODE_ENV: 'production' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    return child;
  }
  const exitOf = (child: ChildProcess) =>
    new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));

  it.each(['start', 'sms', 'call', 'bench', 'bench -- sms', 'bench -- voice', 'chaos', 'soak', 'mutate'])(
    'npm run %s --help works without an installation',
    async (name) => {
      expect(await exitOf(bootstrap({}, ...name.split(' -- '), '--help'))).toBe(0);
      expect(output).toMatch(new RegExp(`^npm (run )?${name}`));
      expect(existsSync(join(root, 'npm-arguments'))).toBe(false);
    },
  );

  it.each(['sms', 'call', 'chat'])(
    'npm run %s in a fresh clone asks for npm start and installs nothing',
    async (name) => {
      expect(await exitOf(bootstrap({}, name, '+15550100001', 'Hello'))).toBe(1);
      expect(output).toContain('Parley is not running. Start it with npm start');
      expect(existsSync(join(root, 'npm-arguments'))).toBe(false);
    },
  );

  it('a fresh clone downloads nats-server while npm installs, and Ctrl-C stops the download too', async () => {
    writeFileSync(
      join(root, 'libs/local-stack/nats-server/download.mjs'),
      `import { writeFileSync } from 'node:fs'; writeFileSync('download', String(process.pid)); setInterval(() => {}, 1000);`,
    );
    const child = bootstrap({ XDG_CACHE_HOME: join(root, 'no-cache'), NATS_SERVER_BIN: undefined }, 'start');
    await expect
      .poll(() => existsSync(join(root, 'npm-child')) && existsSync(join(root, 'download')))
      .toBe(true);
    const downloading = Number(readFileSync(join(root, 'download'), 'utf8'));
    const exit = exitOf(child);
    child.kill('SIGINT');
    expect(await exit).toBe(130);
    await expect.poll(() => isRunning(downloading)).toBe(false);
  });

  it('a fresh clone installs the build tools even with NODE_ENV=production, and Ctrl-C stops npm and its children', async () => {
    const child = bootstrap({}, 'start');
    await expect.poll(() => existsSync(join(root, 'npm-child'))).toBe(true);
    expect(readFileSync(join(root, 'npm-arguments'), 'utf8')).toContain('ci --include=dev');
    const sleeping = Number(readFileSync(join(root, 'npm-child'), 'utf8'));
    const exit = exitOf(child);
    child.kill('SIGINT');
    await expect.poll(() => output).toContain('Stopping …');
    expect(await exit).toBe(130);
    await expect.poll(() => isRunning(sleeping)).toBe(false);
  });
});

/** A checkout with an installation and a build; the programs loop for ever. */
describe('a stuck program', () => {
  let root: string;
  let output: string;

  beforeEach(() => {
    output = '';
    root = mkdtempSync(join(tmpdir(), 'parley-stuck-'));
    for (const folder of ['tools', 'dist/tools', 'node_modules'])
      mkdirSync(join(root, folder), { recursive: true });
    for (const name of ['bootstrap.mjs', 'programs.mjs'])
      cpSync(join(repositoryRoot, 'tools', name), join(root, 'tools', name));
    copyCacheOfNatsServer(root);
    writeFileSync(join(root, 'tools', 'build.mjs'), 'export const isBuilt = () => true;');
    for (const file of ['package-lock.json', 'node_modules/.package-lock.json'])
      writeFileSync(join(root, file), '{"packages":{}}');
    for (const name of ['start', 'sms'])
      writeFileSync(
        join(root, 'dist', 'tools', `${name}.js`),
        'process.on("SIGINT", () => {}); console.log(process.pid); for (;;);',
      );
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  /** Starts a program, waits until it prints its pid, and returns the pid. */
  async function run(
    name: string,
  ): Promise<{ child: ChildProcess; pid: number; exit: Promise<number | null> }> {
    const { npm_lifecycle_event: _, ...env } = process.env;
    const child = spawn(process.execPath, [join(root, 'tools', 'bootstrap.mjs'), name], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const exit = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
    await expect.poll(() => output).toMatch(/^\d+\n/);
    return { child, pid: Number.parseInt(output, 10), exit };
  }

  it('an npm start that does not report after Ctrl-C that it is stopping is killed', async () => {
    const { child, pid, exit } = await run('start');
    child.kill('SIGINT');
    expect(await exit).toBe(130);
    expect(isRunning(pid)).toBe(false);
  });

  it('a stuck program is killed at a second Ctrl-C', async () => {
    const { child, pid, exit } = await run('sms');
    child.kill('SIGINT');
    await delay(800);
    child.kill('SIGINT');
    expect(await exit).toBe(130);
    expect(isRunning(pid)).toBe(false);
  });
});

function isRunning(pid: number): boolean {
  try {
    // A zombie has exited; its parent has not read the exit status yet.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function copyCacheOfNatsServer(root: string): void {
  const file = 'libs/local-stack/nats-server/cache.mjs';
  cpSync(join(repositoryRoot, file), join(root, file));
}
