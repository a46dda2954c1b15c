import { LocalParley, parleyServices, startPostgres, waitUntil } from '@parley/local-stack';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { testFolder } from './test-folder.js';

/** All stacks of a run have the same data keys, because the values in a prepared cluster are encrypted with them. */
export const DATA_KEYS = `test:${Buffer.alloc(32, 'parley').toString('base64')}`;

/** `texts`, `calls`: migrated for these services, with the agents that come with the project. `empty`: without a database. */
export type ClusterContent = 'texts' | 'calls' | 'empty';

/**
 * Puts a Postgres cluster into `dataDir`, for `startPostgres` or `LocalParley` to start. Making a cluster and migrating
 * it takes as long as starting all services, so each kind is made once per run, by the first worker that needs it, and
 * copied from then on.
 */
export async function placeCluster(dataDir: string, content: ClusterContent): Promise<void> {
  await promisify(execFile)('cp', ['-a', '--reflink=auto', await preparedFolder(content), dataDir]);
}

async function preparedFolder(content: ClusterContent): Promise<string> {
  const folder = join(sharedFolder(), `cluster-${content}`);
  const claim = `${folder}.claim`;
  await waitUntil(`the ${content} cluster to be prepared`, async () => {
    if (existsSync(folder)) return true;
    if (!isClaimed(claim)) return false;
    try {
      await prepare(folder, content);
      return true;
    } finally {
      rmSync(claim, { recursive: true });
    }
  });
  return folder;
}

async function prepare(folder: string, content: ClusterContent): Promise<void> {
  if (existsSync(folder)) return;
  const draft = testFolder('draft');
  if (content === 'empty') {
    const postgres = await startPostgres({ dataDir: join(draft, 'postgres'), durable: false });
    await postgres.stop();
  } else {
    await placeCluster(join(draft, 'postgres'), 'empty');
    const services = parleyServices({ voice: content === 'calls' });
    const parley = await LocalParley.start({
      dataDir: draft,
      durable: false,
      services,
      replicas: Object.fromEntries(services.map(({ name }) => [name, 0])),
      publicUrl: 'http://127.0.0.1',
      env: { PARLEY_DATA_KEYS: DATA_KEYS },
    });
    await parley.stop();
  }
  renameSync(join(draft, 'postgres'), folder);
  rmSync(draft, { recursive: true });
}

/** The run's folder, which all its workers know; without one, a folder of this process. */
function sharedFolder(): string {
  return (process.env['PARLEY_TEST_FOLDER'] ??= testFolder('run'));
}

/** Making a folder succeeds for one process alone. */
function isClaimed(claim: string): boolean {
  try {
    mkdirSync(claim);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}
