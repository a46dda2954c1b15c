import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAgentSeeds } from './agent-seed.js';

describe('readAgentSeeds', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agents-'));
    await writeFile(join(folder, 'one.md'), '# One\n');
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function seed(agents: unknown): Promise<string> {
    const file = join(folder, 'agents.json');
    await writeFile(file, JSON.stringify({ agents }));
    return file;
  }

  it('reads the bundled agents', async () => {
    const bundled = join(import.meta.dirname, '../../../../agents/agents.json');
    const [demo] = await readAgentSeeds(bundled);
    expect(demo).toMatchObject({ key: 'demo', isDefault: true });
    expect(demo!.systemPrompt).toContain('demo agent');
  });

  it('reads prompts from the files beside it', async () => {
    const file = await seed([{ key: 'one', name: 'One', systemPrompt: 'one.md', default: true }]);
    expect(await readAgentSeeds(file)).toEqual([
      { key: 'one', name: 'One', systemPrompt: '# One\n', isDefault: true },
    ]);
  });

  it.each([
    ['no default', [{ key: 'one', name: 'One', systemPrompt: 'one.md' }], 'exactly one agent'],
    ['a path', [{ key: 'one', name: 'One', systemPrompt: '../one.md', default: true }], 'systemPrompt'],
    ['an unknown field', [{ key: 'one', name: 'One', systemPrompt: 'one.md', default: true, x: 1 }], 'x'],
  ])('refuses %s', async (_, agents, complaint) => {
    await expect(readAgentSeeds(await seed(agents))).rejects.toThrow(complaint);
  });
});
