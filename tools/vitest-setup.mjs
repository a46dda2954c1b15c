import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives a run a folder for its servers' data, and deletes it at the end: workers leave their shared ones behind. */
export default function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'parley-test-run-'));
  process.env.PARLEY_TEST_FOLDER = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
}
