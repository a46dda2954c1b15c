import { existsSync, readdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where downloaded nats-servers lie, each below its version, so that every checkout of the user finds them. */
export function natsServerCache(env = process.env, home = homedir) {
  const cache = env.XDG_CACHE_HOME || join(env.HOME || homeOfUser(home), '.cache');
  return join(cache, 'parley', 'nats-server');
}

/** The versions in a cache: the names of its folders. */
export function versionsIn(cache) {
  return existsSync(cache) ? readdirSync(cache).filter((name) => /^\d/.test(name)) : [];
}

/** The user of a container may have no entry in the password file, and then no home. */
function homeOfUser(home) {
  try {
    return home();
  } catch {
    return tmpdir();
  }
}
