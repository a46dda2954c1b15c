import { fillerAtMs, giveUp, sayFiller, settlesAtMs, speakPending } from './agent-speaks.js';
import {
  andThen,
  cutTurn,
  endWordlessSpeech,
  hangUp,
  isFinalGoodbye,
  resumeAgent,
  sayGoodbye,
  sayPhrase,
  turnStep,
  transcriptOf,
  agentTurnOf,
  type TurnStep,
} from './moves.js';
import { endSpeech } from './person-speaks.js';
import type { TurnPolicy } from './turn-policy.js';
import type { LiveCall } from './turn-state.js';

/** An action that is due at a certain time, unless another event moves that time. */
interface Deadline {
  /** Undefined while the deadline does not apply. */
  readonly dueAtMs: (live: LiveCall, policy: TurnPolicy) => number | undefined;
  readonly act: (live: LiveCall, atMs: number, policy: TurnPolicy) => TurnStep;
}

/**
 * Hangs up if the goodbye makes no progress. Counts from its last sound, so that a long goodbye is heard to its end. A
 * suspended goodbye resumes by itself.
 */
const goodbyeStalls: Deadline = {
  dueAtMs: ({ agent }, policy) =>
    agent.kind === 'answering' && agent.turn.purpose === 'goodbye'
      ? agent.turn.progressAtMs + policy.goodbyeStalledMs
      : undefined,
  act: (live, atMs) => {
    const followUp = agentTurnOf(live)?.followUp;
    return hangUp(live, followUp?.kind === 'hang-up' ? followUp.reason : 'agent', atMs);
  },
};

/**
 * Ends a call that lasts too long with a goodbye, even while somebody speaks. Does not cut a goodbye that cannot be
 * interrupted.
 */
const callMustEnd: Deadline = {
  dueAtMs: (live, policy) =>
    saysFinalGoodbye(live) ? undefined : live.startedAtMs + policy.maxDurationMs + policy.maxDurationGraceMs,
  act: (live, atMs) => andThen(cutTurn(live, 'hang-up', atMs), (next) => sayGoodbye(next, 'too-long', atMs)),
};

const callLastedTooLong: Deadline = {
  dueAtMs: (live, policy) => (isSilent(live) ? live.startedAtMs + policy.maxDurationMs : undefined),
  act: (live, atMs) => sayGoodbye(live, 'too-long', atMs),
};

const suspensionEnds: Deadline = {
  dueAtMs: ({ agent }) => (agent.kind === 'suspended' ? agent.resumeAtMs : undefined),
  act: resumeAgent,
};

const sentenceSettles: Deadline = {
  dueAtMs: (live, policy) => {
    const turn = agentTurnOf(live);
    return turn && settlesAtMs(turn, policy);
  },
  act: speakPending,
};

/** Says a filler for a late reply, but not while the person speaks or may continue to speak. */
const replyIsLate: Deadline = {
  dueAtMs: ({ agent, person }, policy) =>
    agent.kind === 'answering' && person.kind === 'quiet' ? fillerAtMs(agent.turn, policy) : undefined,
  act: sayFiller,
};

const replyStalls: Deadline = {
  dueAtMs: ({ agent }, policy) =>
    agent.kind === 'answering' ? agent.turn.progressAtMs + policy.replyStalledMs : undefined,
  act: giveUp,
};

const soundHasNoWords: Deadline = {
  dueAtMs: ({ person }, policy) =>
    person.kind === 'speaking' && transcriptOf(person) === ''
      ? person.lastSignMs + policy.wordlessSpeechMs
      : undefined,
  act: endWordlessSpeech,
};

const recogniserIsMute: Deadline = {
  dueAtMs: ({ person }, policy) =>
    person.kind === 'speaking' && transcriptOf(person) !== ''
      ? person.lastSignMs + policy.recogniserSilentMs
      : undefined,
  act: (live, atMs, policy) => {
    const { person } = live;
    if (person.kind === 'quiet') return turnStep(live);
    return andThen(turnStep(live, { kind: 'reconnect-recogniser' }), (next) =>
      endSpeech(next, person, atMs, policy),
    );
  },
};

/** Reprompts a silent person, and at last says goodbye. */
const personIsSilent: Deadline = {
  dueAtMs: (live, policy) =>
    isSilent(live) && live.agent.kind === 'listening'
      ? live.agent.sinceMs + policy.repromptAfterMs
      : undefined,
  act: (live, atMs, policy) =>
    live.reprompts < policy.maxReprompts
      ? sayPhrase(live, 'reprompt', atMs)
      : sayGoodbye(live, 'silence', atMs),
};

/** Deadlines that are due at the same time are met in this order. */
const DEADLINES: readonly Deadline[] = [
  goodbyeStalls,
  callMustEnd,
  soundHasNoWords,
  recogniserIsMute,
  suspensionEnds,
  sentenceSettles,
  replyIsLate,
  replyStalls,
  callLastedTooLong,
  personIsSilent,
];

/** Returns the time of the next deadline. A live call always has one. */
export function nextDeadlineMs(live: LiveCall, policy: TurnPolicy): number {
  return Math.min(...DEADLINES.map((deadline) => deadline.dueAtMs(live, policy) ?? Number.POSITIVE_INFINITY));
}

/** Meets every deadline that is due. Each action moves its own deadline, so the loop ends. */
export function meetDeadlines(live: LiveCall, atMs: number, policy: TurnPolicy): TurnStep | undefined {
  const due = DEADLINES.find(
    (deadline) => (deadline.dueAtMs(live, policy) ?? Number.POSITIVE_INFINITY) <= atMs,
  );
  if (due === undefined) return undefined;
  return andThen(due.act(live, atMs, policy), (next) => meetDeadlines(next, atMs, policy) ?? turnStep(next));
}

const isSilent = ({ agent, person }: LiveCall): boolean =>
  agent.kind === 'listening' && person.kind === 'quiet';

const saysFinalGoodbye = (live: LiveCall): boolean => {
  const turn = agentTurnOf(live);
  return turn !== undefined && isFinalGoodbye(turn);
};
