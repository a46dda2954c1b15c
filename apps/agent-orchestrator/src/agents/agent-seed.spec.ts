import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentVoice, defaultAgentTexts, defaultTextsIn } from '@parley/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAgentSeeds } from './agent-seed.js';

const desk = { key: 'one', name: 'One', systemPrompt: 'one.md', default: true };

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

  it('the bundled agents file is valid', async () => {
    const bundled = join(import.meta.dirname, '../../../../agents/agents.json');
    const [demo] = await readAgentSeeds(bundled);
    expect(demo).toMatchObject({
      key: 'demo',
      isDefault: true,
      callerIdTrust: 'always',
      tools: ['send_sms'],
    });
    expect(demo!.voice.greeting).toContain('demo agent');
    expect(demo!.systemPrompt).toContain('demo agent');
  });

  it('an agent’s prompt is read from the file beside the agents file', async () => {
    const file = await seed([{ key: 'one', name: 'One', systemPrompt: 'one.md', default: true }]);
    const [one] = await readAgentSeeds(file);
    expect(one).toMatchObject({
      key: 'one',
      name: 'One',
      systemPrompt: '# One\n',
      isDefault: true,
      tools: [],
    });
  });

  it('an agent’s numbers are read from the agents file', async () => {
    const file = await seed([
      { ...desk, numbers: ['+15550100001', '+15550100002'] },
      { ...desk, key: 'two', default: false },
    ]);
    expect((await readAgentSeeds(file)).map(({ numbers }) => numbers)).toEqual([
      ['+15550100001', '+15550100002'],
      [],
    ]);
  });

  it('voice settings that the agents file leaves out get default values that fit the contract', async () => {
    const voice = { greeting: 'Hi', languages: ['de'] };
    const file = await seed([{ key: 'one', name: 'One', systemPrompt: 'one.md', default: true, voice }]);
    const [one] = await readAgentSeeds(file);
    expect(one).toMatchObject({ callerIdTrust: 'attested', voice: { ...voice, bargeIn: 'speech' } });
    expect(AgentVoice.parse(one!.voice)).toEqual(one!.voice);
  });

  it('phrases that the agents file leaves out are the default phrases of the agent’s language', async () => {
    const voice = { languages: ['de-AT'], goodbye: 'Servus!' };
    const file = await seed([{ key: 'one', name: 'One', systemPrompt: 'one.md', default: true, voice }]);
    const [one] = await readAgentSeeds(file);
    const { apology, busy } = defaultTextsIn('de');
    expect(one!.voice).toMatchObject({ ...voice, apology, busy, reprompts: defaultTextsIn('de').reprompts });
    expect(apology).toMatch(/^Entschuldigung/);
    expect(one!.texts).toEqual(defaultAgentTexts(['de']));
  });

  it('texts that the agents file leaves out are the default texts of the agent’s language', async () => {
    const texts = { apology: 'Das war wohl nichts.' };
    const voice = { languages: ['de'] };
    const file = await seed([
      { key: 'one', name: 'One', systemPrompt: 'one.md', default: true, voice, texts },
    ]);
    expect((await readAgentSeeds(file))[0]!.texts).toEqual({ ...defaultAgentTexts(['de']), ...texts });
  });

  it.each([
    ['no default agent', [{ key: 'one', name: 'One', systemPrompt: 'one.md' }], 'exactly one agent'],
    [
      'a path as system prompt',
      [{ key: 'one', name: 'One', systemPrompt: '../one.md', default: true }],
      'systemPrompt',
    ],
    [
      'an unknown callerIdTrust',
      [{ key: 'one', name: 'One', systemPrompt: 'one.md', default: true, callerIdTrust: 'some' }],
      'callerIdTrust',
    ],
    [
      'an unknown tool',
      [{ key: 'one', name: 'One', systemPrompt: 'one.md', default: true, tools: ['send_email'] }],
      'tools',
    ],
    [
      'a number that is not in E.164 form',
      [{ ...desk, numbers: ['555-0100'] }],
      '"555-0100" is not a number like',
    ],
    [
      'a number listed for two agents',
      [
        { ...desk, numbers: ['+15550100001'] },
        { ...desk, key: 'two', default: false, numbers: ['+15550100002', '+15550100001'] },
      ],
      '+15550100001 is already answered by "one"\n  → at agents[1].numbers[1]',
    ],
    [
      'a number listed twice for one agent',
      [{ ...desk, numbers: ['+15550100001', '+15550100001'] }],
      'already answered by "one"',
    ],
    [
      'a field that agents do not have',
      [{ key: 'one', name: 'One', systemPrompt: 'one.md', default: true, x: 1 }],
      'x',
    ],
  ])('an agents file with %s is refused', async (_, agents, complaint) => {
    await expect(readAgentSeeds(await seed(agents))).rejects.toThrow(complaint);
  });
});
