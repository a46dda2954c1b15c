import { LocalParley, parleyServices, startPostgres, waitUntil } from '@parley/local-stack';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { testFolder } from './test-folder.js';

/** All stacks of a run use these data keys, because the values in a prepared cluster are encrypted with them. */
export const DATA_KEYS = `test:${Buffer.alloc(32, 'parley').toString('base64')}`;

/** `texts` and `calls` are migrated for their services, with the bundled agents. `empty` has no database. */
export type ClusterContent = 'texts' | 'calls' | 'empty';

/**
 * Copies a Postgres cluster into `dataDir`, for `startPostgres` or `LocalParley` to start. Making and migrating a
 * cluster takes as long as starting all services, so the first worker that needs a kind of cluster makes it once for
 * the whole run.
 */
export async function copyPreparedCluster(dataDir: string, content: ClusterContent): Promise<void> {
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
    await copyPreparedCluster(join(draft, 'postgres'), 'empty');
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

/** Returns the run's folder, which all workers know; outside of a run, a folder of this process. */
function sharedFolder(): string {
  return (process.env['PARLEY_TEST_FOLDER'] ??= testFolder('run'));
}

/** Claims the right to make a cluster: creating a folder succeeds in one process only. */
function isClaimed(claim: string): boolean {
  try {
    mkdirSync(claim);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}
