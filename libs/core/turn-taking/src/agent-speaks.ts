import {
  cutTurn,
  hangUp,
  ignore,
  sayPhrase,
  step,
  andThen,
  turnOf,
  withTurn,
  yieldTurn,
  type TurnStep,
} from './moves.js';
import { isQuestion, looksWhole, NO_TEXT, splitSentences, takePending } from './sentences.js';
import type { PlaybackEvent, ReplyEvent } from './turn-input.js';
import type { TurnOutput } from './turn-output.js';
import type { TurnPolicy } from './turn-policy.js';
import type { AgentTurn, Live, OpenText, Played } from './turn-state.js';

/** Played words that are remembered; a person speaks no longer than this without being answered. */
const MAX_PLAYED = 100;

/** The reply grows: whole sentences go out as they end, also while it is suspended, so that the voice is ahead. */
export function onReplyText(
  live: Live,
  event: Extract<ReplyEvent, { kind: 'reply-text' }>,
  atMs: number,
): TurnStep {
  return whileOpen(live, event, (turn, text) => {
    const { split, sentences } = splitSentences(text.split, event.text);
    const hasSpoken = text.hasSpoken || sentences.length > 0;
    const grown: OpenText = { ...text, split, hasSpoken, changedAtMs: atMs };
    return step(withTurn(live, { text: grown, progressAtMs: atMs }), ...sentences.map(speak(turn)));
  });
}

/** What is told of a reply counts for the turn under way, and until that reply is whole. */
function whileOpen(
  live: Live,
  event: ReplyEvent,
  take: (turn: AgentTurn, text: OpenText) => TurnStep,
): TurnStep {
  const turn = turnOf(live);
  if (turn?.turnNo !== event.turnNo) return ignore(live, event, 'stale-turn');
  if (turn.text.kind === 'complete') return ignore(live, event, 'reply-already-ended');
  return take(turn, turn.text);
}

const speak =
  ({ turnNo }: AgentTurn) =>
  (sentence: string): TurnOutput => ({ kind: 'speak', turnNo, sentence });

/** Whether a sentence may be waiting only because nothing has come after it. */
export const settlesAtMs = (turn: AgentTurn, policy: TurnPolicy): number | undefined =>
  turn.text.kind === 'open' && looksWhole(turn.text.split)
    ? turn.text.changedAtMs + policy.sentenceSettlesMs
    : undefined;

/** Says what is pending, whole sentence or not. */
export function speakPending(live: Live): TurnStep {
  const turn = turnOf(live);
  if (turn === undefined || turn.text.kind === 'complete') return step(live);
  if (turn.text.split.pending.trim() === '') return step(live);
  const { split, sentences } = takePending(turn.text.split);
  const text: OpenText = { ...turn.text, split, hasSpoken: turn.text.hasSpoken || sentences.length > 0 };
  return step(withTurn(live, { text }), ...sentences.map(speak(turn)));
}

/** When something is to be said because nothing of the answer can be. */
export const fillerAtMs = (turn: AgentTurn, policy: TurnPolicy): number | undefined => {
  const { text, beganAtMs } = turn;
  if (text.kind === 'complete' || text.hasSpoken || text.filler === 'said') return undefined;
  if (text.split.pending.trim() !== '') return undefined;
  return text.filler === 'due' ? text.changedAtMs : beganAtMs + policy.fillerAfterMs;
};

export function sayFiller(live: Live): TurnStep {
  const turn = turnOf(live);
  if (turn === undefined || turn.text.kind === 'complete') return step(live);
  const fillers = live.fillers + 1;
  return step(
    { ...withTurn(live, { text: { ...turn.text, filler: 'said' } }), fillers },
    { kind: 'fill', turnNo: turn.turnNo, nth: fillers },
  );
}

/** The reply is asked for again: what came of it and was not said is forgotten. */
export function onReplyRestarted(
  live: Live,
  event: Extract<ReplyEvent, { kind: 'reply-restarted' }>,
  atMs: number,
): TurnStep {
  return whileOpen(live, event, (_turn, text) => {
    if (text.hasSpoken) return ignore(live, event, 'reply-already-spoken');
    const filler = text.filler === 'unsaid' ? 'due' : text.filler;
    const again: OpenText = { ...text, filler, split: NO_TEXT, changedAtMs: atMs };
    return step(withTurn(live, { text: again, progressAtMs: atMs }));
  });
}

/** The reply is whole. One without a word ends its turn at once. */
export function onReplyEnded(
  live: Live,
  event: Extract<ReplyEvent, { kind: 'reply-ended' }>,
  atMs: number,
  policy: TurnPolicy,
): TurnStep {
  const after = event.hangUp === true ? ({ kind: 'hang-up', reason: 'agent' } as const) : undefined;
  return completeReply(live, event, { progressAtMs: atMs, ...(after && { afterwards: after }) }, (silent) =>
    hasFiller(silent) ? finishSpeaking(silent) : closeTurn(silent, atMs, policy),
  );
}

/** The reply will not go on, as text or as sound. What there is of it is heard, then comes the apology. */
export function onReplyFailed(
  live: Live,
  event: Extract<ReplyEvent, { kind: 'reply-failed' }>,
  atMs: number,
): TurnStep {
  const turn = turnOf(live);
  if (turn?.turnNo === event.turnNo && turn.purpose === 'reply' && turn.text.kind === 'complete') {
    return step(withTurn(live, { afterwards: turn.afterwards ?? { kind: 'apologise' } }));
  }
  return completeReply(live, event, { progressAtMs: atMs, afterwards: { kind: 'apologise' } }, (silent) =>
    andThen(cutTurn(withTurn(silent, { text: { kind: 'complete' } }), 'failure', atMs), (next) =>
      sayPhrase(next, 'apology', atMs),
    ),
  );
}

function completeReply(
  live: Live,
  event: ReplyEvent,
  change: Partial<AgentTurn>,
  onSilent: (live: Live) => TurnStep,
): TurnStep {
  return whileOpen(live, event, () =>
    andThen(speakPending(withTurn(live, change)), (spoken) => {
      const { text } = turnOf(spoken)!;
      return text.kind === 'open' && !text.hasSpoken ? onSilent(spoken) : finishSpeaking(spoken);
    }),
  );
}

function finishSpeaking(live: Live): TurnStep {
  const { turnNo } = turnOf(live)!;
  return step(withTurn(live, { text: { kind: 'complete' } }), { kind: 'finish-speaking', turnNo });
}

/** It is heard to its end, though nothing follows it. */
function hasFiller(live: Live): boolean {
  const text = turnOf(live)?.text;
  return text?.kind === 'open' && text.filler === 'said';
}

export function onPlaybackStarted(live: Live, event: PlaybackEvent, atMs: number): TurnStep {
  if (turnOf(live)?.turnNo !== event.turnNo) return ignore(live, event, 'stale-turn');
  return step({
    ...withTurn(live, { isAudible: true, progressAtMs: atMs }),
    hasAsked: false,
    lastAudibleMs: atMs,
  });
}

export function onWordsHeard(
  live: Live,
  event: Extract<PlaybackEvent, { kind: 'words-heard' }>,
  atMs: number,
  policy: TurnPolicy,
): TurnStep {
  if (turnOf(live)?.turnNo !== event.turnNo) return ignore(live, event, 'stale-turn');
  const heard = withTurn(live, { isAudible: true, progressAtMs: atMs });
  const last = event.words.at(-1);
  const hasAsked = last === undefined ? live.hasAsked : isQuestion(last);
  const played = recall([...live.played, { atMs, words: event.words }], live, atMs, policy);
  return step({ ...heard, played, hasAsked, lastAudibleMs: atMs });
}

/** What was played within the echo's reach: from a while before the speech that is going on, or before now. */
function recall(
  played: readonly Played[],
  { person }: Live,
  atMs: number,
  policy: TurnPolicy,
): readonly Played[] {
  const reachesBackTo = (person.kind === 'speaking' ? person.beganAtMs : atMs) - policy.echoWindowMs;
  return played.filter((one) => one.atMs >= reachesBackTo).slice(-MAX_PLAYED);
}

export function onPlaybackFinished(
  live: Live,
  event: PlaybackEvent,
  atMs: number,
  policy: TurnPolicy,
): TurnStep {
  const turn = turnOf(live);
  if (turn?.turnNo !== event.turnNo) return ignore(live, event, 'stale-turn');
  if (turn.text.kind === 'open') return ignore(live, event, 'reply-still-open');
  return closeTurn({ ...live, lastAudibleMs: turn.isAudible ? atMs : live.lastAudibleMs }, atMs, policy);
}

/** The turn was heard to its end: what follows it. */
function closeTurn(live: Live, atMs: number, policy: TurnPolicy): TurnStep {
  const turn = turnOf(live)!;
  const closed = step(
    { ...live, agent: { kind: 'listening', sinceMs: atMs } },
    { kind: 'close-turn', turnNo: turn.turnNo },
  );
  return andThen(closed, (next) => {
    const { afterwards: after } = turn;
    if (after === undefined) return yieldTurn(next, atMs, policy);
    return after.kind === 'hang-up' ? hangUp(next, after.reason, atMs) : sayPhrase(next, 'apology', atMs);
  });
}

/** Nothing comes and nothing is heard: the reply is given up. A fixed text that fails needs no other fixed text. */
export function giveUp(live: Live, atMs: number): TurnStep {
  const isReply = turnOf(live)?.purpose === 'reply';
  return andThen(cutTurn(live, 'failure', atMs), (next) =>
    isReply ? sayPhrase(next, 'apology', atMs) : step(next),
  );
}
