import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasErrorCode } from './error-code.js';
import { processStartTime } from './process-table.js';

/** A living process already works on this folder. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
  constructor(
    readonly folder: string,
    readonly ownerPid: number,
  ) {
    super(`${folder} is in use by process ${ownerPid}.`);
  }
}

interface Owner {
  pid: number;
  startTime: string | undefined;
}

/**
 * Makes this process the only one that works on a folder, which is created when missing. The claim of a process
 * that died is taken over. Call the returned function to give the folder back.
 */
export function claimFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'owner.json');
  const draft = `${file}.${process.pid}`;
  const owner: Owner = { pid: process.pid, startTime: processStartTime(process.pid) };
  writeFileSync(draft, JSON.stringify(owner));
  try {
    while (!createFrom(draft, file)) {
      const other = readOwner(file);
      if (other && processStartTime(other.pid) === other.startTime)
        throw new FolderInUseError(folder, other.pid);
      rmSync(file, { force: true });
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => rmSync(file, { force: true });
}

/** A hard link appears with its content, and only when the name was free. */
function createFrom(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function readOwner(file: string): Owner | undefined {
  try {
    const owner: Owner = JSON.parse(readFileSync(file, 'utf8'));
    return owner;
  } catch {
    return undefined;
  }
}
