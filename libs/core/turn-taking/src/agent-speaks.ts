import {
  cutTurn,
  hangUp,
  ignore,
  sayPhrase,
  turnStep,
  andThen,
  agentTurnOf,
  withAgentTurn,
  endAgentTurn,
  type TurnStep,
} from './moves.js';
import { isQuestion, looksLikeSentence, EMPTY_SPLIT, splitSentences, takePending } from './sentences.js';
import type { PlaybackEvent, ReplyEvent } from './turn-input.js';
import type { TurnOutput } from './turn-output.js';
import type { TurnPolicy } from './turn-policy.js';
import type { AgentTurn, LiveCall, OpenText, PlayedWords } from './turn-state.js';

/** How many of the last played words are held, to detect an echo. */
const MAX_PLAYED = 100;

/** Adds text to the reply. Whole sentences go to the voice at once, even while the reply is suspended. */
export function onReplyText(
  live: LiveCall,
  event: Extract<ReplyEvent, { kind: 'reply-text' }>,
  atMs: number,
): TurnStep {
  return whileOpen(live, event, (turn, text) => {
    const { split, sentences } = splitSentences(text.split, event.text);
    const hasSpoken = text.hasSpoken || sentences.length > 0;
    const grown: OpenText = { ...text, split, hasSpoken, changedAtMs: atMs };
    return turnStep(withAgentTurn(live, { text: grown, progressAtMs: atMs }), ...sentences.map(speak(turn)));
  });
}

/** Passes a reply event on only if its turn is the current one and its reply is not complete. */
function whileOpen(
  live: LiveCall,
  event: ReplyEvent,
  take: (turn: AgentTurn, text: OpenText) => TurnStep,
): TurnStep {
  const turn = agentTurnOf(live);
  if (turn?.turnNo !== event.turnNo) return ignore(live, event, 'stale-turn');
  if (turn.text.kind === 'complete') return ignore(live, event, 'reply-already-ended');
  return take(turn, turn.text);
}

const speak =
  ({ turnNo }: AgentTurn) =>
  (sentence: string): TurnOutput => ({ kind: 'speak', turnNo, sentence });

/** Returns when to speak pending text that looks like a whole sentence, if no more text arrives before. */
export const settlesAtMs = (turn: AgentTurn, policy: TurnPolicy): number | undefined =>
  turn.text.kind === 'open' && looksLikeSentence(turn.text.split)
    ? turn.text.changedAtMs + policy.sentenceSettlesMs
    : undefined;

/** Speaks the pending text, whole sentence or not. */
export function speakPending(live: LiveCall): TurnStep {
  const turn = agentTurnOf(live);
  if (turn === undefined || turn.text.kind === 'complete') return turnStep(live);
  if (turn.text.split.pending.trim() === '') return turnStep(live);
  const { split, sentences } = takePending(turn.text.split);
  const text: OpenText = { ...turn.text, split, hasSpoken: turn.text.hasSpoken || sentences.length > 0 };
  return turnStep(withAgentTurn(live, { text }), ...sentences.map(speak(turn)));
}

/** Returns when a filler is due because no sentence of the reply is ready. */
export const fillerAtMs = (turn: AgentTurn, policy: TurnPolicy): number | undefined => {
  const { text, beganAtMs } = turn;
  if (text.kind === 'complete' || text.hasSpoken || text.filler === 'said') return undefined;
  if (text.split.pending.trim() !== '') return undefined;
  return text.filler === 'due' ? text.changedAtMs : beganAtMs + policy.fillerAfterMs;
};

export function sayFiller(live: LiveCall): TurnStep {
  const turn = agentTurnOf(live);
  if (turn === undefined || turn.text.kind === 'complete') return turnStep(live);
  const fillers = live.fillers + 1;
  return turnStep(
    { ...withAgentTurn(live, { text: { ...turn.text, filler: 'said' } }), fillers },
    { kind: 'fill', turnNo: turn.turnNo, nth: fillers },
  );
}

/** Drops the unspoken text of a reply that is requested again. */
export function onReplyRestarted(
  live: LiveCall,
  event: Extract<ReplyEvent, { kind: 'reply-restarted' }>,
  atMs: number,
): TurnStep {
  return whileOpen(live, event, (_turn, text) => {
    if (text.hasSpoken) return ignore(live, event, 'reply-already-spoken');
    const filler = text.filler === 'unsaid' ? 'due' : text.filler;
    const again: OpenText = { ...text, filler, split: EMPTY_SPLIT, changedAtMs: atMs };
    return turnStep(withAgentTurn(live, { text: again, progressAtMs: atMs }));
  });
}

/** Completes the reply. A reply without a word ends its turn at once. */
export function onReplyEnded(
  live: LiveCall,
  event: Extract<ReplyEvent, { kind: 'reply-ended' }>,
  atMs: number,
  policy: TurnPolicy,
): TurnStep {
  const followUp = event.hangUp === true ? ({ kind: 'hang-up', reason: 'agent' } as const) : undefined;
  return completeReply(live, event, { progressAtMs: atMs, ...(followUp && { followUp }) }, (silent) =>
    hasFiller(silent) ? finishSpeaking(silent) : closeTurn(silent, atMs, policy),
  );
}

/** Ends a reply that failed, as text or as audio: its existing part is played, then the apology. */
export function onReplyFailed(
  live: LiveCall,
  event: Extract<ReplyEvent, { kind: 'reply-failed' }>,
  atMs: number,
): TurnStep {
  const turn = agentTurnOf(live);
  if (turn?.turnNo === event.turnNo && turn.purpose === 'reply' && turn.text.kind === 'complete') {
    return turnStep(withAgentTurn(live, { followUp: turn.followUp ?? { kind: 'apologise' } }));
  }
  return completeReply(live, event, { progressAtMs: atMs, followUp: { kind: 'apologise' } }, (silent) =>
    andThen(cutTurn(withAgentTurn(silent, { text: { kind: 'complete' } }), 'failure', atMs), (next) =>
      sayPhrase(next, 'apology', atMs),
    ),
  );
}

function completeReply(
  live: LiveCall,
  event: ReplyEvent,
  change: Partial<AgentTurn>,
  onSilent: (live: LiveCall) => TurnStep,
): TurnStep {
  return whileOpen(live, event, () =>
    andThen(speakPending(withAgentTurn(live, change)), (spoken) => {
      const { text } = agentTurnOf(spoken)!;
      return text.kind === 'open' && !text.hasSpoken ? onSilent(spoken) : finishSpeaking(spoken);
    }),
  );
}

function finishSpeaking(live: LiveCall): TurnStep {
  const { turnNo } = agentTurnOf(live)!;
  return turnStep(withAgentTurn(live, { text: { kind: 'complete' } }), { kind: 'finish-speaking', turnNo });
}

/** Whether the turn has a filler, which is played to its end even if no reply follows. */
function hasFiller(live: LiveCall): boolean {
  const text = agentTurnOf(live)?.text;
  return text?.kind === 'open' && text.filler === 'said';
}

export function onPlaybackStarted(live: LiveCall, event: PlaybackEvent, atMs: number): TurnStep {
  if (agentTurnOf(live)?.turnNo !== event.turnNo) return ignore(live, event, 'stale-turn');
  return turnStep({
    ...withAgentTurn(live, { isAudible: true, progressAtMs: atMs }),
    hasAsked: false,
    lastAudibleMs: atMs,
  });
}

export function onWordsHeard(
  live: LiveCall,
  event: Extract<PlaybackEvent, { kind: 'words-heard' }>,
  atMs: number,
  policy: TurnPolicy,
): TurnStep {
  if (agentTurnOf(live)?.turnNo !== event.turnNo) return ignore(live, event, 'stale-turn');
  const heard = withAgentTurn(live, { isAudible: true, progressAtMs: atMs });
  const last = event.words.at(-1);
  const hasAsked = last === undefined ? live.hasAsked : isQuestion(last);
  const played = recentlyPlayed([...live.played, { atMs, words: event.words }], live, atMs, policy);
  return turnStep({ ...heard, played, hasAsked, lastAudibleMs: atMs });
}

/**
 * Returns the words that an echo could repeat: those played shortly before the current speech began, or, if nobody
 * speaks, before now.
 */
function recentlyPlayed(
  played: readonly PlayedWords[],
  { person }: LiveCall,
  atMs: number,
  policy: TurnPolicy,
): readonly PlayedWords[] {
  const reachesBackTo = (person.kind === 'speaking' ? person.beganAtMs : atMs) - policy.echoWindowMs;
  return played.filter((one) => one.atMs >= reachesBackTo).slice(-MAX_PLAYED);
}

export function onPlaybackFinished(
  live: LiveCall,
  event: PlaybackEvent,
  atMs: number,
  policy: TurnPolicy,
): TurnStep {
  const turn = agentTurnOf(live);
  if (turn?.turnNo !== event.turnNo) return ignore(live, event, 'stale-turn');
  if (turn.text.kind === 'open') return ignore(live, event, 'reply-still-open');
  return closeTurn({ ...live, lastAudibleMs: turn.isAudible ? atMs : live.lastAudibleMs }, atMs, policy);
}

/** Closes a turn that was heard to its end, and then hangs up, apologises or listens, as the turn says. */
function closeTurn(live: LiveCall, atMs: number, policy: TurnPolicy): TurnStep {
  const turn = agentTurnOf(live)!;
  const closed = turnStep(
    { ...live, agent: { kind: 'listening', sinceMs: atMs } },
    { kind: 'close-turn', turnNo: turn.turnNo },
  );
  return andThen(closed, (next) => {
    const { followUp } = turn;
    if (followUp === undefined) return endAgentTurn(next, atMs, policy);
    return followUp.kind === 'hang-up'
      ? hangUp(next, followUp.reason, atMs)
      : sayPhrase(next, 'apology', atMs);
  });
}

/** Gives up a reply that makes no progress. A phrase that failed is followed by no apology. */
export function giveUp(live: LiveCall, atMs: number): TurnStep {
  const isReply = agentTurnOf(live)?.purpose === 'reply';
  return andThen(cutTurn(live, 'failure', atMs), (next) =>
    isReply ? sayPhrase(next, 'apology', atMs) : turnStep(next),
  );
}
