import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { FolderInUseError } from './folder-claim.js';
import { NatsServerUnavailableError, findNatsServer } from './nats-binary.js';
import { type LocalNats, type NatsOptions, startNats } from './nats.js';
import { processStartTime } from './process-table.js';
import { waitUntil } from './wait-until.js';

const started: LocalNats[] = [];

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parley-nats-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function start(options: NatsOptions): Promise<LocalNats> {
  const nats = await startNats(options);
  started.push(nats);
  return nats;
}

/** Makes a program that only prints a version. */
function fakeServer(folder: string, version: string): string {
  const path = join(folder, 'nats-server');
  writeFileSync(path, `#!/bin/sh\necho 'nats-server: v${version}'\n`);
  chmodSync(path, 0o755);
  return path;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((nats) => nats.stop('kill')));
});

describe('a local nats-server', () => {
  it('a nats-server that was killed starts again on its port', async () => {
    const nats = await start({ storeDir: temporaryFolder() });
    const { url, pid } = nats;
    expect(url).toMatch(/^nats:\/\/127\.0\.0\.1:\d+$/);
    await nats.stop('kill');
    expect(processStartTime(pid)).toBeUndefined();
    await nats.start();
    expect(nats.url).toBe(url);
    expect(nats.pid).not.toBe(pid);
  });

  it('a nats-server refuses a folder that a running process uses', async () => {
    const storeDir = temporaryFolder();
    await start({ storeDir });
    await expect(startNats({ storeDir })).rejects.toThrow(FolderInUseError);
  });

  it('a nats-server whose port is in use does not start, and the error says so', async () => {
    const { port } = await start({ storeDir: temporaryFolder() });
    await expect(start({ storeDir: temporaryFolder(), port })).rejects.toThrow('address already in use');
  });

  it('an unexpected exit of nats-server is reported', async () => {
    const exits: unknown[] = [];
    const nats = await start({ storeDir: temporaryFolder(), onUnexpectedExit: (exit) => exits.push(exit) });
    process.kill(nats.pid, 'SIGKILL');
    await waitUntil('the report', () => exits.length > 0);
    expect(exits).toEqual([{ code: null, signal: 'SIGKILL' }]);
  });
});

describe('looking for a nats-server', () => {
  it('NATS_SERVER_BIN comes before PATH, and PATH before the cache', async () => {
    const [chosen, path, cache] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
    const env = { NATS_SERVER_BIN: fakeServer(chosen, '2.11.0'), PATH: path };
    fakeServer(path, '2.12.3');
    expect(await findNatsServer({ env, cache })).toEqual({ path: env.NATS_SERVER_BIN, version: '2.11.0' });
    expect(await findNatsServer({ env: { PATH: path }, cache })).toMatchObject({ version: '2.12.3' });
  });

  it('a NATS_SERVER_BIN that is too old is refused', async () => {
    const env = { NATS_SERVER_BIN: fakeServer(temporaryFolder(), '2.9.10') };
    await expect(findNatsServer({ env })).rejects.toThrow(NatsServerUnavailableError);
  });
});
