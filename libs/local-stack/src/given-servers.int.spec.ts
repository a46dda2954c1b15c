import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { problemOfNats, problemOfPostgres } from './given-servers.js';
import { startNats } from './nats.js';
import { startPostgres } from './postgres.js';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parley-given-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('a server that somebody else runs', () => {
  it('a given NATS is accepted when one of its addresses serves JetStream', async () => {
    const nats = await startNats({ storeDir: temporaryFolder() });
    onTestFinished(() => nats.stop('kill'));
    expect(await problemOfNats(`nats://127.0.0.1:1,${nats.url}`)).toBeUndefined();
  });

  it('a given NATS at which no server answers is refused, in a message without the password', async () => {
    expect(await problemOfNats('nats://somebody:secret@127.0.0.1:1')).toBe(
      'no NATS server with JetStream answers at nats://127.0.0.1:1',
    );
  });

  it('a given Postgres is accepted when the role can connect, and refused with the reason otherwise', async () => {
    const postgres = await startPostgres({ dataDir: temporaryFolder(), durable: false });
    onTestFinished(() => postgres.stop('immediate'));
    expect(await problemOfPostgres(postgres.adminUrl)).toBeUndefined();
    const wrong = Object.assign(new URL(postgres.adminUrl), { password: 'secret' }).href;
    expect(await problemOfPostgres(wrong)).toMatch(
      /^Postgres cannot be used at postgres:\/\/127\.0\.0\.1:\d+\/postgres \(password authentication failed/,
    );
    expect(await problemOfPostgres('postgres://somebody:secret@127.0.0.1:1/parley')).toContain(
      'ECONNREFUSED',
    );
  });
});
