import { type AgentVoice, NEUTRAL_VOICE } from '@parley/contracts';
import { type AgentId, assertNever } from '@parley/kernel';
import { DEFAULT_TURN_POLICY, type Phrase, backchannelsOf, type TurnPolicy } from '@parley/turn-taking';

/** The agent that answers a call, as far as the phone is concerned. */
export interface VoiceAgent {
  /** Absent: whoever answers the number when the orchestrator learns of the call. */
  readonly agentId: AgentId | undefined;
  readonly voice: AgentVoice;
}

/** Answers until the orchestrator has named an agent for the first time. */
export const NEUTRAL_AGENT: VoiceAgent = { agentId: undefined, voice: NEUTRAL_VOICE };

/** What it speaks, the language it begins with first. */
export function languagesOf({ voice }: VoiceAgent): readonly [string, ...string[]] {
  const [first = 'en-US', ...others] = voice.languages;
  return [first, ...others];
}

/** The language of one of its fixed texts: where we have none in its own, the text is English. */
export function languageOfText(agent: VoiceAgent, text: string): string {
  const { apology, busy } = NEUTRAL_VOICE;
  return text === apology || text === busy ? 'en' : languagesOf(agent)[0];
}

/** The agent's own numbers over the defaults. A way of barging in that we do not know is the default's. */
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

/** What is said while an answer is late: one after the other, and from the first again. */
export function fillerText({ voice: { fillers } }: VoiceAgent, nth: number): string {
  return fillers[(nth - 1) % fillers.length] ?? '';
}

/** The words of a fixed line; `nth` counts reprompts from 1. */
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
