import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { type LocalNats, startNats } from '@parley/local-stack';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { NatsLink } from '../link/nats-link.js';

/** The nats-server of the spec file that runs. */
export let nats: LocalNats;
/** The folder of the server's streams. */
export let storeDir: string;
/** The link of the test that runs. */
export let link: NatsLink;
/** Functions to call after the test, the last one first. */
export const closing: (() => Promise<void>)[] = [];

/** Gives a spec file a nats-server, and each test a link to it. */
export function withNats(): void {
  beforeAll(async () => {
    Logger.overrideLogger(false);
    storeDir = mkdtempSync(join(tmpdir(), 'parley-messaging-'));
    nats = await startNats({ storeDir });
  });

  beforeEach(async () => {
    await nats.start();
    link = linkTo(nats.url);
  });

  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  afterAll(async () => {
    await nats.stop('kill');
    rmSync(storeDir, { recursive: true, force: true });
  });
}

/** A link of another process, until the test ends. */
export function linkTo(url = nats.url): NatsLink {
  const made = new NatsLink({ name: 'spec', url });
  made.start();
  closing.push(() => made.drain());
  return made;
}
