import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** An agent of the agents file; its prompt says "You are the <key> desk." */
export interface TestAgent {
  readonly key: string;
  /** Whether the agent answers every number that no other agent has. */
  readonly default?: boolean;
  /** Our numbers that the agent answers. */
  readonly numbers?: readonly string[];
  readonly voice?: Readonly<Record<string, unknown>>;
  readonly tools?: readonly string[];
  readonly callerIdTrust?: 'attested' | 'always' | 'never';
}

/** Writes the agents file and its prompts into a folder; returns the path of the file. */
export function writeAgents(folder: string, agents: readonly TestAgent[]): string {
  for (const { key } of agents) writeFileSync(join(folder, `${key}.md`), `You are the ${key} desk.`);
  const entries = agents.map((agent) => ({ name: agent.key, systemPrompt: `${agent.key}.md`, ...agent }));
  const file = join(folder, 'agents.json');
  writeFileSync(file, JSON.stringify({ agents: entries }));
  return file;
}
