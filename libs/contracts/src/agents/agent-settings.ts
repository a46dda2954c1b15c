import { z } from 'zod';
import { AgentId, openEnum, PhoneNumber } from '../fields.js';
import { secret } from '../secret.js';
import { defaultTextsIn } from './default-texts.js';

/**
 * How an agent speaks on the phone. Phrases are fixed sentences, so that they can be spoken while the model
 * is unavailable.
 */
export const AgentVoice = z.object({
  /** The vendor's id of the voice. Without it the agent has the installation's default voice. */
  voiceId: z.string().min(1).optional(),
  /** BCP 47 tags. The agent begins in the first language. */
  languages: z.array(z.string().min(2)).min(1),
  /** The greeting. */
  greeting: z.string().min(1),
  /** Whether the person can interrupt the greeting. */
  greetingMayBeInterrupted: z.boolean(),
  /** The fillers. The agent speaks one while a reply is late. */
  fillers: z.array(z.string().min(1)).min(1),
  /** The reprompts. The agent speaks one after each silence, in this order. */
  reprompts: z.array(z.string().min(1)),
  /** The goodbye. The agent speaks it before it hangs up. */
  goodbye: z.string().min(1),
  /** The apology. The agent speaks it when a reply failed. */
  apology: z.string().min(1),
  /** The agent speaks this when there is no capacity for another call. Default: the apology. */
  busy: z.string().min(1).optional(),
  /** What interrupts the agent's replies: any speech, words only, or nothing. */
  bargeIn: openEnum(['speech', 'words', 'off']),
  /** Backchannels in addition to the usual ones of its languages. */
  backchannels: z.array(z.string().min(1)).optional(),
  /** The agent speaks the next reprompt after a silence of this length. */
  silenceMs: z.int().min(1_000),
  maxDurationMs: z.int().min(1_000),
});
export type AgentVoice = z.output<typeof AgentVoice>;

/** The default settings of an agent that speaks these languages. */
export function defaultVoiceSettings(languages: readonly string[]): AgentVoice {
  const { greeting, fillers, reprompts, goodbye, apology, busy } = defaultTextsIn(languages[0]);
  return {
    languages: [...languages],
    greeting,
    greetingMayBeInterrupted: true,
    fillers: [...fillers],
    reprompts: [...reprompts],
    goodbye,
    apology,
    busy,
    bargeIn: 'speech',
    silenceMs: 8_000,
    maxDurationMs: 30 * 60_000,
  };
}

/** The settings that voice-bridge uses until it knows the agents. */
export const ENGLISH_VOICE_SETTINGS = defaultVoiceSettings(['en']);

/** The fixed texts of an agent. */
export const AgentTexts = z.object({
  /** The apology. The gateway sends it when a reply failed. */
  apology: z.string().min(1),
  /** Replies to the keywords, where the carrier sends none. */
  stop: z.string().min(1),
  start: z.string().min(1),
  help: z.string().min(1),
});
export type AgentTexts = z.output<typeof AgentTexts>;

/** The default texts of an agent that speaks these languages. */
export function defaultAgentTexts(languages: readonly string[]): AgentTexts {
  const { textApology: apology, stop, start, help } = defaultTextsIn(languages[0]);
  return { apology, stop, start, help };
}

/**
 * The settings of an agent that other services need. They store a copy, so that they answer calls while the
 * orchestrator is unavailable.
 */
export const AgentSettings = z.object({
  agentId: AgentId,
  /** One counter for the changes of all agents. If two agents claim one number, the higher version decides. */
  version: z.int().min(1),
  name: z.string().min(1),
  /** Whether this agent answers the numbers that no other agent answers. */
  isDefault: z.boolean(),
  /** Our numbers that the agent answers. */
  numbers: secret(z.array(PhoneNumber)),
  voice: AgentVoice,
  /** Absent in facts of an older orchestrator. */
  texts: AgentTexts.optional(),
  /** A removed agent answers nothing. Copies store the removal, so that an older fact cannot restore the agent. */
  isRemoved: z.boolean(),
});
export type AgentSettings = z.output<typeof AgentSettings>;

export const agentExample: z.input<typeof AgentSettings> = {
  agentId: 'agt_01k9wm3v7hq2b8yjr5xet6c4dn',
  version: 3,
  name: 'Front desk',
  isDefault: false,
  numbers: ['+15550100000'],
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
  isRemoved: false,
};
