import { existsSync, readdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Returns the user's folder of downloaded nats-servers, with one folder for each version. All checkouts share it. */
export function natsServerCache(env = process.env, home = homedir) {
  const cache = env.XDG_CACHE_HOME || join(env.HOME || homeOfUser(home), '.cache');
  return join(cache, 'parley', 'nats-server');
}

/** Returns the versions in a cache, which are the names of its folders. */
export function versionsIn(cache) {
  return existsSync(cache) ? readdirSync(cache).filter((name) => /^\d/.test(name)) : [];
}

/** Returns the user's home folder; none for a container's user who is missing in the password file. */
function homeOfUser(home) {
  try {
    return home();
  } catch {
    return tmpdir();
  }
}
