import { fillerAtMs, giveUp, sayFiller, settlesAtMs, speakPending } from './agent-speaks.js';
import {
  andThen,
  cutTurn,
  fallQuiet,
  hangUp,
  isFinalGoodbye,
  resume,
  sayGoodbye,
  sayPhrase,
  step,
  textOf,
  turnOf,
  type TurnStep,
} from './moves.js';
import { endSpeech } from './person-speaks.js';
import type { TurnPolicy } from './turn-policy.js';
import type { Live } from './turn-state.js';

/** Something that happens when nothing else does. */
interface Deadline {
  /** When; undefined while it does not apply. */
  readonly dueAtMs: (live: Live, policy: TurnPolicy) => number | undefined;
  readonly act: (live: Live, atMs: number, policy: TurnPolicy) => TurnStep;
}

/** Counted from its last sound: a long goodbye is heard to its end. One that is suspended goes on by itself. */
const goodbyeStalls: Deadline = {
  dueAtMs: ({ agent }, policy) =>
    agent.kind === 'answering' && agent.turn.purpose === 'goodbye'
      ? agent.turn.progressAtMs + policy.goodbyeStalledMs
      : undefined,
  act: (live, atMs) => {
    const after = turnOf(live)?.afterwards;
    return hangUp(live, after?.kind === 'hang-up' ? after.reason : 'agent', atMs);
  },
};

/** Whoever is speaking, unless it is a goodbye that cannot be talked away. */
const callMustEnd: Deadline = {
  dueAtMs: (live, policy) =>
    isLastGoodbye(live) ? undefined : live.startedAtMs + policy.maxDurationMs + policy.maxDurationGraceMs,
  act: (live, atMs) => andThen(cutTurn(live, 'hang-up', atMs), (next) => sayGoodbye(next, 'too-long', atMs)),
};

const callLastedTooLong: Deadline = {
  dueAtMs: (live, policy) => (isSilent(live) ? live.startedAtMs + policy.maxDurationMs : undefined),
  act: (live, atMs) => sayGoodbye(live, 'too-long', atMs),
};

const suspensionEnds: Deadline = {
  dueAtMs: ({ agent }) => (agent.kind === 'suspended' ? agent.resumeAtMs : undefined),
  act: resume,
};

const sentenceSettles: Deadline = {
  dueAtMs: (live, policy) => {
    const turn = turnOf(live);
    return turn && settlesAtMs(turn, policy);
  },
  act: speakPending,
};

/** Not over the person, nor while it is not clear whether they go on. */
const answerIsLate: Deadline = {
  dueAtMs: ({ agent, person }, policy) =>
    agent.kind === 'answering' && person.kind === 'quiet' ? fillerAtMs(agent.turn, policy) : undefined,
  act: sayFiller,
};

const replyStalls: Deadline = {
  dueAtMs: ({ agent }, policy) =>
    agent.kind === 'answering' ? agent.turn.progressAtMs + policy.replyStalledMs : undefined,
  act: giveUp,
};

const soundMeansNothing: Deadline = {
  dueAtMs: ({ person }, policy) =>
    person.kind === 'speaking' && textOf(person) === ''
      ? person.lastSignMs + policy.wordlessSpeechMs
      : undefined,
  act: fallQuiet,
};

const recogniserIsMute: Deadline = {
  dueAtMs: ({ person }, policy) =>
    person.kind === 'speaking' && textOf(person) !== ''
      ? person.lastSignMs + policy.recogniserSilentMs
      : undefined,
  act: (live, atMs, policy) => {
    const { person } = live;
    if (person.kind === 'quiet') return step(live);
    return andThen(step(live, { kind: 'reconnect-recogniser' }), (next) =>
      endSpeech(next, person, atMs, policy),
    );
  },
};

/** The person says nothing: asked twice whether they are there, then bid goodbye. */
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

/** In the order in which they are kept when several are due at once. */
const DEADLINES: readonly Deadline[] = [
  goodbyeStalls,
  callMustEnd,
  soundMeansNothing,
  recogniserIsMute,
  suspensionEnds,
  sentenceSettles,
  answerIsLate,
  replyStalls,
  callLastedTooLong,
  personIsSilent,
];

/** The next deadline: a live call always has one. */
export function nextDeadlineMs(live: Live, policy: TurnPolicy): number {
  return Math.min(...DEADLINES.map((deadline) => deadline.dueAtMs(live, policy) ?? Number.POSITIVE_INFINITY));
}

/** Keeps every deadline that is due. Each act moves its own deadline on, so that this ends. */
export function meetDeadlines(live: Live, atMs: number, policy: TurnPolicy): TurnStep | undefined {
  const due = DEADLINES.find(
    (deadline) => (deadline.dueAtMs(live, policy) ?? Number.POSITIVE_INFINITY) <= atMs,
  );
  if (due === undefined) return undefined;
  return andThen(due.act(live, atMs, policy), (next) => meetDeadlines(next, atMs, policy) ?? step(next));
}

const isSilent = ({ agent, person }: Live): boolean => agent.kind === 'listening' && person.kind === 'quiet';

const isLastGoodbye = (live: Live): boolean => {
  const turn = turnOf(live);
  return turn !== undefined && isFinalGoodbye(turn);
};
