import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { hasErrorCode } from './error-code.js';
import { processStartTime } from './process-table.js';

/** Another running process owns this folder. */
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
 * Makes this process the only owner of a folder and creates the folder when it is missing. A claim whose process died
 * is replaced. The returned function releases the claim, and deletes the folder if the claim created it and it is still
 * empty.
 */
export function claimFolder(folder: string, mode = 0o777): () => void {
  const created = createFolders(resolve(folder), mode);
  const file = join(folder, 'owner.json');
  try {
    writeOwner(folder, file);
  } catch (error) {
    removeIfEmpty(created);
    throw error;
  }
  return () => {
    rmSync(file, { force: true });
    removeIfEmpty(created);
  };
}

function writeOwner(folder: string, file: string): void {
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
}

/**
 * Creates a folder and its missing parents, and returns the created folders, outermost first. Node's recursive mkdir
 * never returns in a file system such as /proc, which answers "not found" instead of "not permitted".
 */
function createFolders(folder: string, mode: number): string[] {
  const missing: string[] = [];
  for (let path = folder; !existsSync(path); path = dirname(path)) missing.unshift(path);
  const created: string[] = [];
  try {
    for (const path of missing) if (createFolder(path, mode)) created.push(path);
  } catch (error) {
    removeIfEmpty(created);
    throw error;
  }
  return created;
}

/** Returns false if another process created the folder meanwhile. */
function createFolder(path: string, mode: number): boolean {
  try {
    mkdirSync(path, { mode });
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'EEXIST') && existsSync(path)) return false;
    throw error;
  }
}

function removeIfEmpty(folders: readonly string[]): void {
  try {
    for (const folder of folders.toReversed()) rmdirSync(folder);
  } catch {
    // The folder is no longer empty.
  }
}

/** Creates a file by a hard link, which appears with its content, and only if the name was unused. */
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
