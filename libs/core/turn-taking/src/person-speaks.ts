import { assertNever } from '@parley/kernel';
import { judgeWords, type Judgement } from './judge-words.js';
import {
  bargeInOf,
  cutTurn,
  ignore,
  isOverdue,
  joinSaid,
  staySuspended,
  recordUnanswered,
  fallQuiet,
  saidAt,
  sayGoodbye,
  startTurn,
  step,
  suspend,
  andThen,
  textOf,
  turnOf,
  type TurnStep,
} from './moves.js';
import type { RecogniserEvent } from './turn-input.js';
import type { Said } from './turn-output.js';
import type { TurnPolicy } from './turn-policy.js';
import type { Overlap, Live, Speaking } from './turn-state.js';

type Words = Extract<RecogniserEvent, { text: string }>;

/** First stage of barge-in: a sound suspends the agent, if its barge-in mode allows that. */
export function onSpeechStarted(
  live: Live,
  event: RecogniserEvent,
  atMs: number,
  policy: TurnPolicy,
): TurnStep {
  const speech = { ...(openSpeech(live) ?? beginSpeech(live, atMs, policy)), lastSignMs: atMs };
  const speaking: Live = { ...live, person: speech };
  const { agent } = live;
  switch (agent.kind) {
    case 'listening':
      return live.person.kind === 'quiet'
        ? step(speaking)
        : ignore(speaking, event, 'speech-already-started');
    case 'suspended':
      return ignore(staySuspended(speaking, atMs, policy), event, 'speech-already-started');
    case 'answering':
      return bargeInOf(agent.turn, policy) === 'speech' && !live.hasEcho
        ? suspend(speaking, atMs, policy)
        : ignore(speaking, event, 'barge-in-guarded');
    default:
      return assertNever(agent);
  }
}

/** The transcript of the turn so far. */
export function onInterimTranscript(live: Live, event: Words, atMs: number, policy: TurnPolicy): TurnStep {
  const speech = openSpeech(live) ?? beginSpeech(live, atMs, policy);
  return onWords(live, event, { ...speech, transcript: event.text.trim() }, atMs, policy);
}

/** An end of turn without words can belong to the time before a sound, so it is ignored. */
export function onEndOfTurn(live: Live, event: Words, atMs: number, policy: TurnPolicy): TurnStep {
  const open = openSpeech(live);
  const transcript = event.text.trim();
  if (open === undefined && transcript === '') return ignore(live, event, 'no-open-speech');
  const speech = { ...(open ?? beginSpeech(live, atMs, policy)), transcript };
  if (textOf(speech) === '' && open?.transcript === '') return ignore(live, event, 'no-words');
  return endSpeech(live, recognisedMore(speech, event, atMs), atMs, policy);
}

/** The transcript so far stays; the next recogniser adds to it. */
export function onRecogniserLost(live: Live, event: RecogniserEvent): TurnStep {
  const speech = openSpeech(live);
  if (speech === undefined) return ignore(live, event, 'no-open-speech');
  return step({ ...live, person: { ...speech, transcript: '', before: textOf(speech) } });
}

/** Second stage of barge-in: words that count interrupt the agent. */
function onWords(live: Live, event: Words, next: Speaking, atMs: number, policy: TurnPolicy): TurnStep {
  const before = openSpeech(live);
  if (before !== undefined && textOf(before) === textOf(next)) {
    return ignore({ ...live, person: next }, event, 'nothing-new');
  }
  const speech = recognisedMore(next, event, atMs);
  const speaking: Live = { ...live, person: speech };
  const turn = turnOf(live);
  if (turn === undefined) return step(speaking);
  if (bargeInOf(turn, policy) === 'off') return ignore(speaking, event, 'barge-in-guarded');
  const judgement = judge(live, speech, policy);
  if (judgement === 'interrupts') return interrupt(speaking, speech, atMs);
  const hasEcho = live.hasEcho || judgement === 'echo';
  // A late transcript is about a past moment, and a timestamp can run ahead of the audio: clamp it to now.
  const spokenMs = Math.min(atMs, event.lastWordEndMs ?? atMs);
  return ignore({ ...staySuspended(speaking, spokenMs, policy), hasEcho }, event, judgement);
}

function interrupt(live: Live, speech: Speaking, atMs: number): TurnStep {
  return cutTurn({ ...live, person: { ...speech, hasInterrupted: true } }, 'barge-in', atMs);
}

/** The person has finished: their words start a turn, unless they were a backchannel or an echo. */
export function endSpeech(live: Live, speech: Speaking, atMs: number, policy: TurnPolicy): TurnStep {
  const quiet: Live = { ...live, person: { kind: 'quiet' } };
  const judgement = judge(live, speech, policy);
  if (judgement === 'no-words') return fallQuiet(live, atMs);
  const said: Said = { said: textOf(speech), ...saidAt(speech, atMs) };
  const turn = turnOf(live);
  if (turn === undefined) {
    const isEcho = judgement === 'echo' && !speech.hasInterrupted;
    return isEcho
      ? andThen(recordUnanswered(live, said, 'echo'), (next) => fallQuiet(next, atMs))
      : answer(quiet, said, atMs, policy);
  }
  if (judgement !== 'interrupts') {
    return andThen(recordUnanswered(live, said, judgement), (next) => fallQuiet(next, atMs));
  }
  if (bargeInOf(turn, policy) === 'off') {
    return step({ ...quiet, pending: joinSaid(live.pending, said) });
  }
  return andThen(cutTurn(quiet, 'barge-in', atMs), (next) => answer(next, said, atMs, policy));
}

function answer(live: Live, said: Said, atMs: number, policy: TurnPolicy): TurnStep {
  if (!isOverdue(live, atMs, policy)) return startTurn(live, said, atMs);
  const { pending, ...rest } = live;
  const recorded = recordUnanswered(rest, joinSaid(pending, said), 'call-over');
  return andThen(recorded, (next) => sayGoodbye(next, 'too-long', atMs));
}

function judge(live: Live, speech: Speaking, policy: TurnPolicy): Judgement {
  const sinceMs = speech.beganAtMs - policy.echoWindowMs;
  const played = live.played.filter(({ atMs }) => atMs >= sinceMs).flatMap(({ words }) => words);
  return judgeWords(textOf(speech), { overlap: speech.overlap, played, hasAsked: live.hasAsked }, policy);
}

const openSpeech = ({ person }: Live): Speaking | undefined =>
  person.kind === 'speaking' ? person : undefined;

function beginSpeech(live: Live, atMs: number, policy: TurnPolicy): Speaking {
  return {
    kind: 'speaking',
    beganAtMs: atMs,
    overlap: overlapAt(live, atMs, policy),
    lastSignMs: atMs,
    before: '',
    transcript: '',
    hasInterrupted: false,
  };
}

function overlapAt(live: Live, atMs: number, policy: TurnPolicy): Overlap {
  if (live.agent.kind === 'answering' && live.agent.turn.isAudible) return 'playing';
  return atMs - live.lastAudibleMs <= policy.echoTailMs ? 'tail' : 'quiet';
}

const recognisedMore = (speech: Speaking, { lastWordEndMs }: Words, atMs: number): Speaking => ({
  ...speech,
  lastSignMs: atMs,
  ...(lastWordEndMs !== undefined && { lastWordEndMs }),
});
