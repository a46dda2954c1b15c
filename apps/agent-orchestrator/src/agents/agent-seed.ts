import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AgentTexts, type AgentVoice, defaultAgentTexts } from '@parley/contracts';
import type { CallerIdTrust } from '@parley/dialogue';
import { type E164, parseE164 } from '@parley/kernel';
import { ConfigurationError } from '@parley/service-kit/env';
import { z } from 'zod';
import { TOOL_NAMES, type ToolName } from './tool-names.js';
import { VoiceSettings } from './voice-settings.js';

const OwnNumber = z.string().transform((text, context): E164 => {
  const number = parseE164(text);
  if (number) return number;
  context.addIssue({ code: 'custom', message: `"${text}" is not a number like +15550100000` });
  return z.NEVER;
});

const AgentsFile = z.strictObject({
  agents: z
    .array(
      z.strictObject({
        /** Identifies the agent in every version of the file: the key determines the agent's id. */
        key: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
        name: z.string().min(1),
        /** A Markdown file beside this one. */
        systemPrompt: z.string().regex(/^[\w-]+\.md$/),
        /** Our numbers on which the agent answers texts and calls. */
        numbers: z.array(OwnNumber).default([]),
        /** Whether the agent answers every number that no other agent answers. */
        default: z.boolean().default(false),
        /** In which incoming calls the agent trusts the caller's number. */
        callerIdTrust: z.enum(['attested', 'always', 'never']).default('attested'),
        /** Whether the agent talks only to people whose phone is verified. */
        verificationRequired: z.boolean().default(false),
        /** Whom a person may have texts sent to: only themselves, people that the log knows, or anybody. */
        sendSms: z
          .strictObject({ recipients: z.enum(['self', 'contacts', 'any']).default('self') })
          .prefault({}),
        /** The tools that the agent may use. */
        tools: z
          .array(z.enum(TOOL_NAMES))
          .refine(
            (tools) => new Set(tools).size === tools.length,
            'a tool is listed twice; list each tool once',
          )
          .default([]),
        voice: VoiceSettings.prefault({}),
        /** The agent's fixed texts. A missing text gets the default text in the agent's first language. */
        texts: z.strictObject(AgentTexts.partial().shape).default({}),
      }),
    )
    .refine(
      (agents) => new Set(agents.map(({ key }) => key)).size === agents.length,
      'two agents have the same key; give each agent its own',
    )
    .refine(
      (agents) => agents.filter((agent) => agent.default).length === 1,
      'exactly one agent must have "default": true',
    )
    .superRefine(reportSharedNumbers),
});

/** An agent of the agents file, with the text of its prompt. */
export interface AgentSeed {
  readonly key: string;
  readonly name: string;
  readonly systemPrompt: string;
  readonly isDefault: boolean;
  readonly numbers: E164[];
  readonly callerIdTrust: CallerIdTrust;
  readonly verificationRequired: boolean;
  readonly sendSmsRecipients: 'self' | 'contacts' | 'any';
  readonly tools: ToolName[];
  readonly voice: AgentVoice;
  readonly texts: AgentTexts;
}

/** The agents file, or a prompt that it names, cannot be read or is invalid. */
class AgentsFileError extends ConfigurationError {
  override readonly name = 'AgentsFileError';
}

/**
 * Reads an agents file (JSON) and the prompts beside it.
 * @throws AgentsFileError that names every mistake
 */
export async function readAgentSeeds(file: string): Promise<AgentSeed[]> {
  const { agents } = parseAgents(file, await readText(file));
  const folder = dirname(file);
  return Promise.all(
    agents.map(async (agent) => ({
      key: agent.key,
      name: agent.name,
      isDefault: agent.default,
      numbers: agent.numbers,
      callerIdTrust: agent.callerIdTrust,
      verificationRequired: agent.verificationRequired,
      sendSmsRecipients: agent.sendSms.recipients,
      tools: agent.tools,
      voice: agent.voice,
      texts: { ...defaultAgentTexts(agent.voice.languages), ...agent.texts },
      systemPrompt: await readText(join(folder, agent.systemPrompt)),
    })),
  );
}

function reportSharedNumbers(
  agents: readonly { key: string; numbers: readonly E164[] }[],
  context: z.RefinementCtx,
): void {
  const owners = new Map<E164, string>();
  for (const [index, { key, numbers }] of agents.entries()) {
    for (const [position, number] of numbers.entries()) {
      const owner = owners.get(number);
      owners.set(number, key);
      if (owner === undefined) continue;
      const path = [index, 'numbers', position];
      context.addIssue({ code: 'custom', path, message: `${number} is already answered by "${owner}"` });
    }
  }
}

function parseAgents(file: string, text: string): z.output<typeof AgentsFile> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new AgentsFileError(`${file} is not valid JSON`, { cause });
  }
  const parsed = AgentsFile.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new AgentsFileError(`${file} is not a list of agents:\n${z.prettifyError(parsed.error)}`);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new AgentsFileError(`${file} cannot be read`, { cause });
  }
}
