import { EMPTY_SPLIT } from './sentences.js';
import type { TurnEvent } from './turn-input.js';
import type {
  CutReason,
  HangUpReason,
  IgnoreReason,
  Phrase,
  PersonWords,
  TurnOutput,
  UnansweredReason,
} from './turn-output.js';
import type { FollowUp, AgentTurn, LiveCall, PersonSpeaking, TurnState } from './turn-state.js';
import type { BargeInMode, TurnPolicy } from './turn-policy.js';

/** The state after an input, and what to do. */
export interface TurnStep {
  readonly state: TurnState;
  readonly outputs: readonly TurnOutput[];
}

export const turnStep = (state: TurnState, ...outputs: readonly TurnOutput[]): TurnStep => ({
  state,
  outputs,
});

export const ignore = (state: TurnState, { kind }: TurnEvent, reason: IgnoreReason): TurnStep =>
  turnStep(state, { kind: 'ignore', input: kind, reason });

/** Takes the next step only if the call is still live after the first one. */
export function andThen(first: TurnStep, next: (live: LiveCall) => TurnStep): TurnStep {
  if (first.state.kind !== 'live') return first;
  const second = next(first.state);
  return { state: second.state, outputs: [...first.outputs, ...second.outputs] };
}

/** Returns the agent's turn, suspended or not; undefined while the agent listens. */
export const agentTurnOf = ({ agent }: LiveCall): AgentTurn | undefined =>
  agent.kind === 'listening' ? undefined : agent.turn;

export const withAgentTurn = (live: LiveCall, change: Partial<AgentTurn>): LiveCall =>
  live.agent.kind === 'listening'
    ? live
    : { ...live, agent: { ...live.agent, turn: { ...live.agent.turn, ...change } } };

export const hasLastedTooLong = (live: LiveCall, atMs: number, policy: TurnPolicy): boolean =>
  atMs >= live.startedAtMs + policy.maxDurationMs;

export function bargeInModeOf(turn: AgentTurn, policy: TurnPolicy): BargeInMode {
  if (turn.purpose === 'greeting' && policy.isGreetingGuarded) return 'off';
  return isFinalGoodbye(turn) ? 'off' : policy.bargeIn;
}

/** Whether the turn is a goodbye that cannot be interrupted: any goodbye but the one to a silent person. */
export const isFinalGoodbye = ({ purpose, followUp }: AgentTurn): boolean =>
  purpose === 'goodbye' && followUp?.kind === 'hang-up' && followUp.reason !== 'silence';

/** Opens a turn with the person's words, pending ones included. */
export function startTurn(live: LiveCall, said: PersonWords, atMs: number): TurnStep {
  const { pending, ...rest } = live;
  const turnNo = live.lastTurnNo + 1;
  const all = joinPersonWords(pending, said);
  const turn: AgentTurn = {
    turnNo,
    purpose: 'reply',
    beganAtMs: atMs,
    text: { kind: 'open', hasSpoken: false, filler: 'unsaid', split: EMPTY_SPLIT, changedAtMs: atMs },
    isAudible: false,
    progressAtMs: atMs,
  };
  return turnStep(
    { ...rest, lastTurnNo: turnNo, reprompts: 0, agent: { kind: 'answering', turn } },
    { kind: 'start-turn', turnNo, ...all },
  );
}

export function joinPersonWords(earlier: PersonWords | undefined, later: PersonWords): PersonWords {
  return earlier === undefined ? later : { ...later, said: joinText(earlier.said, later.said) };
}

export const transcriptOf = ({ before, transcript }: PersonSpeaking): string => joinText(before, transcript);

const joinText = (a: string, b: string): string => (a === '' || b === '' ? a + b : `${a} ${b}`);

/** Opens a turn in which the agent says a phrase. */
export function sayPhrase(live: LiveCall, phrase: Phrase, atMs: number, followUp?: FollowUp): TurnStep {
  const turnNo = live.lastTurnNo + 1;
  const reprompts = phrase === 'reprompt' ? live.reprompts + 1 : live.reprompts;
  const turn: AgentTurn = {
    turnNo,
    purpose: phrase,
    beganAtMs: atMs,
    text: { kind: 'complete' },
    isAudible: false,
    progressAtMs: atMs,
    ...(followUp && { followUp }),
  };
  return turnStep(
    { ...live, lastTurnNo: turnNo, reprompts, agent: { kind: 'answering', turn } },
    { kind: 'say', turnNo, phrase, nth: phrase === 'reprompt' ? reprompts : 1 },
    { kind: 'finish-speaking', turnNo },
  );
}

export const sayGoodbye = (live: LiveCall, reason: HangUpReason, atMs: number): TurnStep =>
  sayPhrase(live, 'goodbye', atMs, { kind: 'hang-up', reason });

/** Silences the agent and holds the rest of the reply. */
export function suspendAgent(live: LiveCall, atMs: number, policy: TurnPolicy): TurnStep {
  if (live.agent.kind !== 'answering') return turnStep(live);
  const { turn } = live.agent;
  return turnStep(
    {
      ...live,
      agent: { kind: 'suspended', turn, sinceMs: atMs, resumeAtMs: atMs + policy.resumeAfterMs },
      lastAudibleMs: turn.isAudible ? atMs : live.lastAudibleMs,
    },
    { kind: 'suspend', turnNo: turn.turnNo },
  );
}

/** Extends the suspension of a reply, up to a limit, because speech continues. */
export function extendSuspension(live: LiveCall, atMs: number, policy: TurnPolicy): LiveCall {
  if (live.agent.kind !== 'suspended') return live;
  const latestMs = live.agent.sinceMs + policy.suspendedLongestMs;
  const resumeAtMs = Math.max(live.agent.resumeAtMs, Math.min(atMs + policy.resumeAfterMs, latestMs));
  return { ...live, agent: { ...live.agent, resumeAtMs } };
}

export function resumeAgent(live: LiveCall, atMs: number): TurnStep {
  if (live.agent.kind !== 'suspended') return turnStep(live);
  const turn = { ...live.agent.turn, progressAtMs: atMs };
  return turnStep({ ...live, agent: { kind: 'answering', turn } }, { kind: 'resume', turnNo: turn.turnNo });
}

/** Cuts the agent's turn short, and cancels its request if the reply is not complete. */
export function cutTurn(live: LiveCall, reason: CutReason, atMs: number): TurnStep {
  const turn = agentTurnOf(live);
  if (turn === undefined) return turnStep(live);
  const { turnNo } = turn;
  const isThinking = turn.text.kind === 'open';
  return turnStep(
    {
      ...live,
      agent: { kind: 'listening', sinceMs: atMs },
      lastAudibleMs: turn.isAudible && live.agent.kind === 'answering' ? atMs : live.lastAudibleMs,
    },
    ...(isThinking ? [{ kind: 'cancel-turn', turnNo, reason } as const] : []),
    { kind: 'close-turn', turnNo, cut: reason },
  );
}

/** Records words that get no reply. */
export function recordUnanswered(live: LiveCall, said: PersonWords, reason: UnansweredReason): TurnStep {
  const turnNo = live.lastTurnNo + 1;
  const hasEcho = live.hasEcho || reason === 'echo';
  return turnStep(
    { ...live, lastTurnNo: turnNo, hasEcho },
    { kind: 'record-unanswered', turnNo, reason, ...said },
  );
}

/** Ends the call: records pending words, and cuts what the agent says. */
export function hangUp(live: LiveCall, reason: HangUpReason, atMs: number): TurnStep {
  const left = andThen(cutTurn(live, 'hang-up', atMs), (next) => recordLastWords(next, atMs));
  return { state: { kind: 'ended' }, outputs: [...left.outputs, { kind: 'hang-up', reason }] };
}

/** Records the last words of the person as a turn without a reply. */
export function recordLastWords(live: LiveCall, atMs: number): TurnStep {
  const { pending, person, ...rest } = live;
  const quiet: LiveCall = { ...rest, person: { kind: 'quiet' } };
  const text = person.kind === 'speaking' ? transcriptOf(person) : '';
  const spoken =
    person.kind === 'speaking' && text !== '' ? { said: text, ...wordTimes(person, atMs) } : undefined;
  const left = spoken === undefined ? pending : joinPersonWords(pending, spoken);
  return left === undefined ? turnStep(quiet) : recordUnanswered(quiet, left, 'call-over');
}

export const wordTimes = (
  { lastWordEndMs, lastSignMs }: { lastWordEndMs?: number; lastSignMs: number },
  atMs: number,
): Omit<PersonWords, 'said'> => ({ speechEndMs: lastWordEndMs ?? lastSignMs, sttFinalMs: atMs });

/** Goes on after a turn of the agent: says goodbye if the call lasted too long, answers pending words, or listens. */
export function endAgentTurn(live: LiveCall, atMs: number, policy: TurnPolicy): TurnStep {
  const listening: LiveCall = { ...live, agent: { kind: 'listening', sinceMs: atMs } };
  if (live.person.kind === 'speaking') return turnStep(listening);
  return hasLastedTooLong(live, atMs, policy)
    ? sayGoodbye(listening, 'too-long', atMs)
    : answerPending(listening, atMs);
}

/** Ends speech without words that count: a suspended reply resumes, or pending words are answered. */
export function endWordlessSpeech(live: LiveCall, atMs: number): TurnStep {
  const quiet: LiveCall = { ...live, person: { kind: 'quiet' } };
  return live.agent.kind === 'listening' ? answerPending(quiet, atMs) : resumeAgent(quiet, atMs);
}

function answerPending({ pending, ...live }: LiveCall, atMs: number): TurnStep {
  return pending === undefined ? turnStep(live) : startTurn(live, pending, atMs);
}
