import { assertNever } from '@parley/kernel';
import { judgeWords, type WordsJudgement } from './judge-words.js';
import {
  bargeInModeOf,
  cutTurn,
  ignore,
  hasLastedTooLong,
  joinPersonWords,
  extendSuspension,
  recordUnanswered,
  endWordlessSpeech,
  wordTimes,
  sayGoodbye,
  startTurn,
  turnStep,
  suspendAgent,
  andThen,
  transcriptOf,
  agentTurnOf,
  type TurnStep,
} from './moves.js';
import type { RecogniserEvent } from './turn-input.js';
import type { PersonWords } from './turn-output.js';
import type { TurnPolicy } from './turn-policy.js';
import type { SpeechOverlap, LiveCall, PersonSpeaking } from './turn-state.js';

type Words = Extract<RecogniserEvent, { text: string }>;

/** Suspends the agent at a sound, if the barge-in mode allows that: the first stage of barge-in. */
export function onSpeechStarted(
  live: LiveCall,
  event: RecogniserEvent,
  atMs: number,
  policy: TurnPolicy,
): TurnStep {
  const speech = { ...(openSpeech(live) ?? beginSpeech(live, atMs, policy)), lastSignMs: atMs };
  const speaking: LiveCall = { ...live, person: speech };
  const { agent } = live;
  switch (agent.kind) {
    case 'listening':
      return live.person.kind === 'quiet'
        ? turnStep(speaking)
        : ignore(speaking, event, 'speech-already-started');
    case 'suspended':
      return ignore(extendSuspension(speaking, atMs, policy), event, 'speech-already-started');
    case 'answering':
      return bargeInModeOf(agent.turn, policy) === 'speech' && !live.hasEcho
        ? suspendAgent(speaking, atMs, policy)
        : ignore(speaking, event, 'barge-in-guarded');
    default:
      return assertNever(agent);
  }
}

/** Takes the transcript of the turn so far. */
export function onInterimTranscript(
  live: LiveCall,
  event: Words,
  atMs: number,
  policy: TurnPolicy,
): TurnStep {
  const speech = openSpeech(live) ?? beginSpeech(live, atMs, policy);
  return onWords(live, event, { ...speech, transcript: event.text.trim() }, atMs, policy);
}

/**
 * Ends the person's turn. Ignores an end of turn without words, which can belong to the time before the current sound.
 */
export function onEndOfTurn(live: LiveCall, event: Words, atMs: number, policy: TurnPolicy): TurnStep {
  const open = openSpeech(live);
  const transcript = event.text.trim();
  if (open === undefined && transcript === '') return ignore(live, event, 'no-open-speech');
  const speech = { ...(open ?? beginSpeech(live, atMs, policy)), transcript };
  if (transcriptOf(speech) === '' && open?.transcript === '') return ignore(live, event, 'no-words');
  return endSpeech(live, recognisedMore(speech, event, atMs), atMs, policy);
}

/** Holds the transcript so far; the next recogniser adds to it. */
export function onRecogniserLost(live: LiveCall, event: RecogniserEvent): TurnStep {
  const speech = openSpeech(live);
  if (speech === undefined) return ignore(live, event, 'no-open-speech');
  return turnStep({ ...live, person: { ...speech, transcript: '', before: transcriptOf(speech) } });
}

/** Interrupts the agent if the words count: the second stage of barge-in. */
function onWords(
  live: LiveCall,
  event: Words,
  next: PersonSpeaking,
  atMs: number,
  policy: TurnPolicy,
): TurnStep {
  const before = openSpeech(live);
  if (before !== undefined && transcriptOf(before) === transcriptOf(next)) {
    return ignore({ ...live, person: next }, event, 'nothing-new');
  }
  const speech = recognisedMore(next, event, atMs);
  const speaking: LiveCall = { ...live, person: speech };
  const turn = agentTurnOf(live);
  if (turn === undefined) return turnStep(speaking);
  if (bargeInModeOf(turn, policy) === 'off') return ignore(speaking, event, 'barge-in-guarded');
  const judgement = judge(live, speech, policy);
  if (judgement === 'interrupts') return interrupt(speaking, speech, atMs);
  const hasEcho = live.hasEcho || judgement === 'echo';
  // The moment of the words: in the past if the transcript is late. A timestamp that runs ahead of the audio is clamped
  // to now.
  const spokenMs = Math.min(atMs, event.lastWordEndMs ?? atMs);
  return ignore({ ...extendSuspension(speaking, spokenMs, policy), hasEcho }, event, judgement);
}

function interrupt(live: LiveCall, speech: PersonSpeaking, atMs: number): TurnStep {
  return cutTurn({ ...live, person: { ...speech, hasInterrupted: true } }, 'barge-in', atMs);
}

/** Ends the person's speech: their words start a turn, unless they were a backchannel or an echo. */
export function endSpeech(
  live: LiveCall,
  speech: PersonSpeaking,
  atMs: number,
  policy: TurnPolicy,
): TurnStep {
  const quiet: LiveCall = { ...live, person: { kind: 'quiet' } };
  const judgement = judge(live, speech, policy);
  if (judgement === 'no-words') return endWordlessSpeech(live, atMs);
  const said: PersonWords = { said: transcriptOf(speech), ...wordTimes(speech, atMs) };
  const turn = agentTurnOf(live);
  if (turn === undefined) {
    const isEcho = judgement === 'echo' && !speech.hasInterrupted;
    return isEcho
      ? andThen(recordUnanswered(live, said, 'echo'), (next) => endWordlessSpeech(next, atMs))
      : answer(quiet, said, atMs, policy);
  }
  if (judgement !== 'interrupts') {
    return andThen(recordUnanswered(live, said, judgement), (next) => endWordlessSpeech(next, atMs));
  }
  if (bargeInModeOf(turn, policy) === 'off') {
    return turnStep({ ...quiet, pending: joinPersonWords(live.pending, said) });
  }
  return andThen(cutTurn(quiet, 'barge-in', atMs), (next) => answer(next, said, atMs, policy));
}

function answer(live: LiveCall, said: PersonWords, atMs: number, policy: TurnPolicy): TurnStep {
  if (!hasLastedTooLong(live, atMs, policy)) return startTurn(live, said, atMs);
  const { pending, ...rest } = live;
  const recorded = recordUnanswered(rest, joinPersonWords(pending, said), 'call-over');
  return andThen(recorded, (next) => sayGoodbye(next, 'too-long', atMs));
}

function judge(live: LiveCall, speech: PersonSpeaking, policy: TurnPolicy): WordsJudgement {
  const sinceMs = speech.beganAtMs - policy.echoWindowMs;
  const played = live.played.filter(({ atMs }) => atMs >= sinceMs).flatMap(({ words }) => words);
  return judgeWords(
    transcriptOf(speech),
    { overlap: speech.overlap, played, hasAsked: live.hasAsked },
    policy,
  );
}

const openSpeech = ({ person }: LiveCall): PersonSpeaking | undefined =>
  person.kind === 'speaking' ? person : undefined;

function beginSpeech(live: LiveCall, atMs: number, policy: TurnPolicy): PersonSpeaking {
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

function overlapAt(live: LiveCall, atMs: number, policy: TurnPolicy): SpeechOverlap {
  if (live.agent.kind === 'answering' && live.agent.turn.isAudible) return 'playing';
  return atMs - live.lastAudibleMs <= policy.echoTailMs ? 'tail' : 'quiet';
}

const recognisedMore = (speech: PersonSpeaking, { lastWordEndMs }: Words, atMs: number): PersonSpeaking => ({
  ...speech,
  lastSignMs: atMs,
  ...(lastWordEndMs !== undefined && { lastWordEndMs }),
});
