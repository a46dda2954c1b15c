import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes a folder for a server's data inside the run's folder, which is deleted when the run ends. */
export function testFolder(kind: string): string {
  return mkdtempSync(join(process.env['PARLEY_TEST_FOLDER'] ?? tmpdir(), `parley-test-${kind}-`));
}
