import { z } from 'zod';
import { defineRequest } from '../define.js';
import { AgentId, openEnum } from '../fields.js';

/** How an agent is on the phone. Its phrases are set text, so that they can be spoken while everything else is down. */
export const AgentVoice = z.object({
  /** The speech vendor's id of the voice; absent: the installation's own. */
  voiceId: z.string().min(1).optional(),
  /** BCP 47, the first is the one it begins with. */
  languages: z.array(z.string().min(2)).min(1),
  /** What it says when it picks up, … */
  greeting: z.string().min(1),
  /** … and whether the person may speak into that. */
  greetingMayBeInterrupted: z.boolean(),
  /** Said while an answer is late. */
  fillers: z.array(z.string().min(1)).min(1),
  /** Said after a silence, one after the other, … */
  reprompts: z.array(z.string().min(1)),
  /** … and before it hangs up. */
  goodbye: z.string().min(1),
  /** Said when no answer can be had. */
  apology: z.string().min(1),
  /** Said when there is no room for one more call; absent: the apology. */
  busy: z.string().min(1).optional(),
  /** What breaks off its replies: any speech, words only, or nothing. */
  bargeIn: openEnum(['speech', 'words', 'off']),
  /** A silence of this length brings the next reprompt. */
  silenceMs: z.int().min(1_000),
  maxDurationMs: z.int().min(1_000),
});
export type AgentVoice = z.output<typeof AgentVoice>;

/** An agent as those who answer for it need to know it; they keep a copy, so that calls are answered without us. */
export const AgentSettings = z.object({
  agentId: AgentId,
  name: z.string().min(1),
  /** Answers whatever no other agent answers. */
  isDefault: z.boolean(),
  voice: AgentVoice,
});
export type AgentSettings = z.output<typeof AgentSettings>;

const agentExample: z.input<typeof AgentSettings> = {
  agentId: 'agt_01k9wm3v7hq2b8yjr5xet6c4dn',
  name: 'Front desk',
  isDefault: true,
  voice: {
    languages: ['en'],
    greeting: 'Hello, this is the front desk. How can I help?',
    greetingMayBeInterrupted: true,
    fillers: ['One moment.'],
    reprompts: ['Are you still there?', 'I cannot hear you.'],
    goodbye: 'I am hanging up now. Goodbye!',
    apology: 'Sorry, something went wrong here. Please try again.',
    busy: 'All our lines are busy. Please call again in a few minutes.',
    bargeIn: 'speech',
    silenceMs: 8_000,
    maxDurationMs: 1_800_000,
  },
};

/** Every agent. Who answers calls asks now and then and keeps a copy. */
export const ListAgents = defineRequest('orchestrator.list-agents', 1, {
  input: z.object({}),
  output: z.object({ agents: z.array(AgentSettings) }),
  summary: 'List all agents with their settings.',
  exampleInput: {},
  exampleOutput: { agents: [agentExample] },
});
