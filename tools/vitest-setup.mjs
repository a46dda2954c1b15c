import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 200;
const POLLS = 50;

/** Creates a folder for the data of a run's servers and deletes it at the end, because workers do not delete it. */
export default function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'parley-test-run-'));
  process.env.PARLEY_TEST_FOLDER = folder;
  return () => removeForGood(folder);
}

/** Retries, because a server may write a last file after its worker has exited. */
async function removeForGood(folder) {
  for (let poll = 0; poll < POLLS; poll++) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (error.code !== 'ENOTEMPTY') throw error;
    }
    await delay(POLL_MS);
    if (!existsSync(folder)) return;
  }
}
