import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Inspector } from './inspector.js';

const PROGRAM = `
  class Held {}
  class Dropped {}
  globalThis.held = Array.from({ length: 7 }, () => new Held());
  for (let i = 0; i < 100; i++) new Dropped();
  process.stdin.resume();
`;

let inspector: Inspector;
const child = spawn(process.execPath, ['--inspect=127.0.0.1:0', '-e', PROGRAM], {
  stdio: ['pipe', 'ignore', 'pipe'],
});
beforeAll(async () => {
  for await (const line of createInterface({ input: child.stderr })) {
    const [, url] = /listening on (ws:\S+)/.exec(line) ?? [];
    if (!url) continue;
    inspector = await Inspector.connect(url);
    break;
  }
});
afterAll(() => {
  inspector?.close();
  child.kill();
});

it('the inspector counts the live objects of another process by class, without garbage', async () => {
  await expect.poll(() => inspector.evaluate('globalThis.held?.length')).toBe(7);
  const { Held, Dropped } = await inspector.census();
  expect({ Held, Dropped }).toEqual({ Held: 7, Dropped: undefined });
});
