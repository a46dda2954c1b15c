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
import { repositoryRoot } from '@parley/local-stack';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** A checkout in which nothing is installed, and an npm that takes for ever, with a child of its own. */
describe('a fresh clone', () => {
  let root: string;
  let output: string;

  beforeEach(() => {
    output = '';
    root = mkdtempSync(join(tmpdir(), 'parley-clone-'));
    mkdirSync(join(root, 'tools'));
    for (const name of ['bootstrap.mjs', 'build.mjs', 'programs.mjs', 'help'])
      cpSync(join(repositoryRoot, 'tools', name), join(root, 'tools', name), { recursive: true });
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

  function bootstrap(...args: string[]): ChildProcess {
    const { npm_lifecycle_event: _, ...env } = process.env;
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

  it.each(['start', 'sms', 'call'])('explains npm run %s without an installation', async (name) => {
    expect(await exitOf(bootstrap(name, '--help'))).toBe(0);
    expect(output).toMatch(new RegExp(`^npm (run )?${name}`));
    expect(existsSync(join(root, 'npm-arguments'))).toBe(false);
  });

  it('installs what builds, also with NODE_ENV=production, and ends all of it at Ctrl-C', async () => {
    const child = bootstrap('start');
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

function isRunning(pid: number): boolean {
  try {
    // A zombie has ended: it waits for somebody to ask how.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
