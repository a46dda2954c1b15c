import { z } from 'zod';
import { AgentId, openEnum, PhoneNumber } from '../fields.js';
import { secret } from '../secret.js';
import { setTextsIn } from './set-texts.js';

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
  /** What listeners say without wanting the turn, beside the usual words of its languages. */
  backchannels: z.array(z.string().min(1)).optional(),
  /** A silence of this length brings the next reprompt. */
  silenceMs: z.int().min(1_000),
  maxDurationMs: z.int().min(1_000),
});
export type AgentVoice = z.output<typeof AgentVoice>;

/** An agent's voice in these languages where the agents file says nothing else. */
export function neutralVoice(languages: readonly string[]): AgentVoice {
  const { greeting, fillers, reprompts, goodbye, apology, busy } = setTextsIn(languages[0]);
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

/** What callers hear while voice-bridge does not know the agents yet. */
export const NEUTRAL_VOICE = neutralVoice(['en']);

/** What an agent texts word for word. */
export const AgentTexts = z.object({
  /** When no answer can be had. */
  apology: z.string().min(1),
  /** Answers to the keywords, where the carrier gives none. */
  stop: z.string().min(1),
  start: z.string().min(1),
  help: z.string().min(1),
});
export type AgentTexts = z.output<typeof AgentTexts>;

/** What an agent of these languages texts where nobody says otherwise. */
export function neutralTexts(languages: readonly string[]): AgentTexts {
  const { textApology: apology, stop, start, help } = setTextsIn(languages[0]);
  return { apology, stop, start, help };
}

/** An agent as those who answer for it need to know it; they keep a copy, so that calls are answered without us. */
export const AgentSettings = z.object({
  agentId: AgentId,
  /** Counts the changes of all agents together: the higher is the newer, also where two claim one number. */
  version: z.int().min(1),
  name: z.string().min(1),
  /** Answers whatever no other agent answers. */
  isDefault: z.boolean(),
  /** Our own numbers that it answers. */
  numbers: secret(z.array(PhoneNumber)),
  voice: AgentVoice,
  /** Absent from an orchestrator that does not know them yet. */
  texts: AgentTexts.optional(),
  /** It answers nothing any more. Told and kept like a setting, so that nothing older brings it back. */
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
