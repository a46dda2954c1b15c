import { type AgentVoice, ENGLISH_VOICE_SETTINGS } from '@parley/contracts';
import { type AgentId, assertNever } from '@parley/kernel';
import { DEFAULT_TURN_POLICY, type Phrase, backchannelsOf, type TurnPolicy } from '@parley/turn-taking';

/** The agent that answers a call, with its phone settings. */
export interface VoiceAgent {
  /** Undefined if no agent is known yet: the orchestrator then chooses the agent, at the call's first message. */
  readonly agentId: AgentId | undefined;
  readonly voice: AgentVoice;
}

/** The agent that answers until the orchestrator has published an agent. */
export const NEUTRAL_AGENT: VoiceAgent = { agentId: undefined, voice: ENGLISH_VOICE_SETTINGS };

/** Returns the agent's languages; the agent greets in the first. */
export function languagesOf({ voice }: VoiceAgent): readonly [string, ...string[]] {
  const [first = 'en-US', ...others] = voice.languages;
  return [first, ...others];
}

/** Returns the language of one of the agent's phrases: English if the phrase is a default text. */
export function languageOfText(agent: VoiceAgent, text: string): string {
  const { apology, busy } = ENGLISH_VOICE_SETTINGS;
  return text === apology || text === busy ? 'en' : languagesOf(agent)[0];
}

/** Returns the default policy with the agent's own values. An unknown barge-in mode counts as the default mode. */
export function turnPolicyOf({ voice }: VoiceAgent): TurnPolicy {
  return {
    ...DEFAULT_TURN_POLICY,
    ...(voice.bargeIn !== 'unknown' && { bargeIn: voice.bargeIn }),
    backchannels: backchannelsOf(voice.languages, voice.backchannels),
    isGreetingGuarded: !voice.greetingMayBeInterrupted,
    repromptAfterMs: voice.silenceMs,
    maxReprompts: voice.reprompts.length,
    maxDurationMs: voice.maxDurationMs,
  };
}

/** Returns the agent's nth filler; after the last filler, the first one follows. */
export function fillerText({ voice: { fillers } }: VoiceAgent, nth: number): string {
  return fillers[(nth - 1) % fillers.length] ?? '';
}

/** Returns the text of a phrase; `nth` counts reprompts from 1. */
export function phraseText({ voice }: VoiceAgent, phrase: Phrase, nth: number): string {
  switch (phrase) {
    case 'greeting':
    case 'goodbye':
    case 'apology':
      return voice[phrase];
    case 'reprompt':
      return voice.reprompts[nth - 1] ?? voice.reprompts.at(-1) ?? voice.goodbye;
    default:
      return assertNever(phrase);
  }
}
