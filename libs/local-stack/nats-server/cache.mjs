import { existsSync, readdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** The user's folder of downloaded nats-servers, one folder for each version. All checkouts share it. */
export function natsServerCache(env = process.env, home = homedir) {
  const cache = env.XDG_CACHE_HOME || join(env.HOME || homeOfUser(home), '.cache');
  return join(cache, 'parley', 'nats-server');
}

/** The versions in a cache: the names of its folders. */
export function versionsIn(cache) {
  return existsSync(cache) ? readdirSync(cache).filter((name) => /^\d/.test(name)) : [];
}

/** A container's user may be missing in the password file, and then has no home. */
function homeOfUser(home) {
  try {
    return home();
  } catch {
    return tmpdir();
  }
}
