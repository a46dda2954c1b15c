import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { natsServerCache } from './cache.mjs';

const nobodyHome = () => {
  throw new Error('ENOENT: no such file or directory, uv_os_homedir');
};

describe("the cache for nats-server's binary", () => {
  it.each([
    [{ XDG_CACHE_HOME: '/caches', HOME: '/home/ada' }, '/caches/parley/nats-server'],
    [{ HOME: '/home/ada' }, '/home/ada/.cache/parley/nats-server'],
    [{}, join(homedir(), '.cache/parley/nats-server')],
  ])('with the variables %j the cache of nats-server is %s', (env, folder) => {
    expect(natsServerCache(env)).toBe(folder);
  });

  it('the cache of nats-server is in the temporary folder when neither HOME nor the password file names a home', () => {
    expect(natsServerCache({}, nobodyHome)).toBe(join(tmpdir(), '.cache/parley/nats-server'));
  });
});
