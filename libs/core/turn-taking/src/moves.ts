import { NO_TEXT } from './sentences.js';
import type { TurnEvent } from './turn-input.js';
import type {
  CutReason,
  HangUpReason,
  IgnoreReason,
  Phrase,
  Said,
  TurnOutput,
  UnansweredReason,
} from './turn-output.js';
import type { AfterTurn, AgentTurn, Live, Speaking, TurnState } from './turn-state.js';
import type { BargeInMode, TurnPolicy } from './turn-policy.js';

/** The state after an input, and what to do. */
export interface TurnStep {
  readonly state: TurnState;
  readonly outputs: readonly TurnOutput[];
}

export const step = (state: TurnState, ...outputs: readonly TurnOutput[]): TurnStep => ({ state, outputs });

export const ignore = (state: TurnState, { kind }: TurnEvent, reason: IgnoreReason): TurnStep =>
  step(state, { kind: 'ignore', input: kind, reason });

/** Makes one move after another while the call is live. */
export function andThen(first: TurnStep, next: (live: Live) => TurnStep): TurnStep {
  if (first.state.kind !== 'live') return first;
  const second = next(first.state);
  return { state: second.state, outputs: [...first.outputs, ...second.outputs] };
}

/** The agent's turn, speaking or suspended. */
export const turnOf = ({ agent }: Live): AgentTurn | undefined =>
  agent.kind === 'listening' ? undefined : agent.turn;

export const withTurn = (live: Live, change: Partial<AgentTurn>): Live =>
  live.agent.kind === 'listening'
    ? live
    : { ...live, agent: { ...live.agent, turn: { ...live.agent.turn, ...change } } };

export const isOverdue = (live: Live, atMs: number, policy: TurnPolicy): boolean =>
  atMs >= live.startedAtMs + policy.maxDurationMs;

export function bargeInOf(turn: AgentTurn, policy: TurnPolicy): BargeInMode {
  if (turn.purpose === 'greeting' && policy.isGreetingGuarded) return 'off';
  return isFinalGoodbye(turn) ? 'off' : policy.bargeIn;
}

/** A goodbye that does not follow from silence cannot be interrupted. */
export const isFinalGoodbye = ({ purpose, afterwards: after }: AgentTurn): boolean =>
  purpose === 'goodbye' && after?.kind === 'hang-up' && after.reason !== 'silence';

/** Starts the agent's turn for the person's words, including pending ones. */
export function startTurn(live: Live, said: Said, atMs: number): TurnStep {
  const { pending, ...rest } = live;
  const turnNo = live.lastTurnNo + 1;
  const all = joinSaid(pending, said);
  const turn: AgentTurn = {
    turnNo,
    purpose: 'reply',
    beganAtMs: atMs,
    text: { kind: 'open', hasSpoken: false, filler: 'unsaid', split: NO_TEXT, changedAtMs: atMs },
    isAudible: false,
    progressAtMs: atMs,
  };
  return step(
    { ...rest, lastTurnNo: turnNo, reprompts: 0, agent: { kind: 'answering', turn } },
    { kind: 'start-turn', turnNo, ...all },
  );
}

export function joinSaid(earlier: Said | undefined, later: Said): Said {
  return earlier === undefined ? later : { ...later, said: joinText(earlier.said, later.said) };
}

export const textOf = ({ before, transcript }: Speaking): string => joinText(before, transcript);

export const joinText = (a: string, b: string): string => (a === '' || b === '' ? a + b : `${a} ${b}`);

/** The agent says a phrase in a turn of its own. */
export function sayPhrase(live: Live, phrase: Phrase, atMs: number, after?: AfterTurn): TurnStep {
  const turnNo = live.lastTurnNo + 1;
  const reprompts = phrase === 'reprompt' ? live.reprompts + 1 : live.reprompts;
  const turn: AgentTurn = {
    turnNo,
    purpose: phrase,
    beganAtMs: atMs,
    text: { kind: 'complete' },
    isAudible: false,
    progressAtMs: atMs,
    ...(after && { afterwards: after }),
  };
  return step(
    { ...live, lastTurnNo: turnNo, reprompts, agent: { kind: 'answering', turn } },
    { kind: 'say', turnNo, phrase, nth: phrase === 'reprompt' ? reprompts : 1 },
    { kind: 'finish-speaking', turnNo },
  );
}

export const sayGoodbye = (live: Live, reason: HangUpReason, atMs: number): TurnStep =>
  sayPhrase(live, 'goodbye', atMs, { kind: 'hang-up', reason });

/** Silences the agent and holds the rest of its reply. */
export function suspend(live: Live, atMs: number, policy: TurnPolicy): TurnStep {
  if (live.agent.kind !== 'answering') return step(live);
  const { turn } = live.agent;
  return step(
    {
      ...live,
      agent: { kind: 'suspended', turn, sinceMs: atMs, resumeAtMs: atMs + policy.resumeAfterMs },
      lastAudibleMs: turn.isAudible ? atMs : live.lastAudibleMs,
    },
    { kind: 'suspend', turnNo: turn.turnNo },
  );
}

/** Speech continues: a suspended reply waits longer, up to a limit. */
export function staySuspended(live: Live, atMs: number, policy: TurnPolicy): Live {
  if (live.agent.kind !== 'suspended') return live;
  const latestMs = live.agent.sinceMs + policy.suspendedLongestMs;
  const resumeAtMs = Math.max(live.agent.resumeAtMs, Math.min(atMs + policy.resumeAfterMs, latestMs));
  return { ...live, agent: { ...live.agent, resumeAtMs } };
}

export function resume(live: Live, atMs: number): TurnStep {
  if (live.agent.kind !== 'suspended') return step(live);
  const turn = { ...live.agent.turn, progressAtMs: atMs };
  return step({ ...live, agent: { kind: 'answering', turn } }, { kind: 'resume', turnNo: turn.turnNo });
}

/** Ends the agent's turn. */
export function cutTurn(live: Live, reason: CutReason, atMs: number): TurnStep {
  const turn = turnOf(live);
  if (turn === undefined) return step(live);
  const { turnNo } = turn;
  const isThinking = turn.text.kind === 'open';
  return step(
    {
      ...live,
      agent: { kind: 'listening', sinceMs: atMs },
      lastAudibleMs: turn.isAudible && live.agent.kind === 'answering' ? atMs : live.lastAudibleMs,
    },
    ...(isThinking ? [{ kind: 'cancel-turn', turnNo, reason } as const] : []),
    { kind: 'close-turn', turnNo, cut: reason },
  );
}

/** Records words without a reply. */
export function recordUnanswered(live: Live, said: Said, reason: UnansweredReason): TurnStep {
  const turnNo = live.lastTurnNo + 1;
  const hasEcho = live.hasEcho || reason === 'echo';
  return step(
    { ...live, lastTurnNo: turnNo, hasEcho },
    { kind: 'record-unanswered', turnNo, reason, ...said },
  );
}

/** Ends the call: pending words are recorded, and the agent says nothing more. */
export function hangUp(live: Live, reason: HangUpReason, atMs: number): TurnStep {
  const left = andThen(cutTurn(live, 'hang-up', atMs), (next) => recordLeftovers(next, atMs));
  return { state: { kind: 'ended' }, outputs: [...left.outputs, { kind: 'hang-up', reason }] };
}

/** Records the last words of the person in a turn without a reply. */
export function recordLeftovers(live: Live, atMs: number): TurnStep {
  const { pending, person, ...rest } = live;
  const quiet: Live = { ...rest, person: { kind: 'quiet' } };
  const text = person.kind === 'speaking' ? textOf(person) : '';
  const spoken =
    person.kind === 'speaking' && text !== '' ? { said: text, ...saidAt(person, atMs) } : undefined;
  const left = spoken === undefined ? pending : joinSaid(pending, spoken);
  return left === undefined ? step(quiet) : recordUnanswered(quiet, left, 'call-over');
}

export const saidAt = (
  { lastWordEndMs, lastSignMs }: { lastWordEndMs?: number; lastSignMs: number },
  atMs: number,
): Omit<Said, 'said'> => ({ speechEndMs: lastWordEndMs ?? lastSignMs, sttFinalMs: atMs });

/** The agent has finished: ends a call that lasted too long, answers pending words, or listens. */
export function yieldTurn(live: Live, atMs: number, policy: TurnPolicy): TurnStep {
  const listening: Live = { ...live, agent: { kind: 'listening', sinceMs: atMs } };
  if (live.person.kind === 'speaking') return step(listening);
  return isOverdue(live, atMs, policy)
    ? sayGoodbye(listening, 'too-long', atMs)
    : answerPending(listening, atMs);
}

/** The person has stopped without words that count. */
export function fallQuiet(live: Live, atMs: number): TurnStep {
  const quiet: Live = { ...live, person: { kind: 'quiet' } };
  return live.agent.kind === 'listening' ? answerPending(quiet, atMs) : resume(quiet, atMs);
}

function answerPending({ pending, ...live }: Live, atMs: number): TurnStep {
  return pending === undefined ? step(live) : startTurn(live, pending, atMs);
}
