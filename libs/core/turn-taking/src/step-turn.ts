import { assertNever } from '@parley/kernel';
import {
  onPlaybackFinished,
  onPlaybackStarted,
  onReplyEnded,
  onReplyFailed,
  onReplyRestarted,
  onReplyText,
  onWordsHeard,
} from './agent-speaks.js';
import { meetDeadlines, nextDeadlineMs } from './deadlines.js';
import { cutTurn, ignore, recordLastWords, sayPhrase, turnStep, andThen, type TurnStep } from './moves.js';
import { onEndOfTurn, onInterimTranscript, onRecogniserLost, onSpeechStarted } from './person-speaks.js';
import type { TurnInput } from './turn-input.js';
import type { TurnPolicy } from './turn-policy.js';
import type { LiveCall, TurnState } from './turn-state.js';

export type { TurnStep };

export const CALL_NOT_STARTED: TurnState = { kind: 'not-started' };

/** Returns the next state and what to do. Nothing here waits, sends or reads a clock: time and speech are inputs. */
export function stepTurn(state: TurnState, input: TurnInput, policy: TurnPolicy): TurnStep {
  switch (state.kind) {
    case 'not-started':
      return onNotStarted(state, input);
    case 'live':
      return onLive(state, input, policy);
    case 'ended':
      return ignore(state, input, 'call-over');
    default:
      return assertNever(state);
  }
}

/** Returns when a tick is due; undefined for a call that has not started or is over. */
export function nextTurnDeadlineMs(state: TurnState, policy: TurnPolicy): number | undefined {
  return state.kind === 'live' ? nextDeadlineMs(state, policy) : undefined;
}

function onNotStarted(state: TurnState, input: TurnInput): TurnStep {
  if (input.kind === 'call-ended') return turnStep({ kind: 'ended' });
  if (input.kind !== 'call-started') return ignore(state, input, 'call-not-started');
  const { atMs } = input;
  const live: LiveCall = {
    kind: 'live',
    startedAtMs: atMs,
    lastTurnNo: 0,
    person: { kind: 'quiet' },
    agent: { kind: 'listening', sinceMs: atMs },
    reprompts: 0,
    fillers: 0,
    played: [],
    lastAudibleMs: Number.NEGATIVE_INFINITY,
    hasAsked: false,
    hasEcho: false,
  };
  return input.hasGreeting ? sayPhrase(live, 'greeting', atMs) : turnStep(live);
}

function onLive(live: LiveCall, input: TurnInput, policy: TurnPolicy): TurnStep {
  const { atMs } = input;
  switch (input.kind) {
    case 'call-started':
      return ignore(live, input, 'call-already-started');
    case 'call-ended': {
      const left = andThen(cutTurn(live, input.by, atMs), (next) => recordLastWords(next, atMs));
      return { state: { kind: 'ended' }, outputs: left.outputs };
    }
    case 'speech-started':
      return onSpeechStarted(live, input, atMs, policy);
    case 'interim-transcript':
      return onInterimTranscript(live, input, atMs, policy);
    case 'end-of-turn':
      return onEndOfTurn(live, input, atMs, policy);
    case 'recogniser-lost':
      return onRecogniserLost(live, input);
    case 'reply-text':
      return onReplyText(live, input, atMs);
    case 'reply-restarted':
      return onReplyRestarted(live, input, atMs);
    case 'reply-ended':
      return onReplyEnded(live, input, atMs, policy);
    case 'reply-failed':
      return onReplyFailed(live, input, atMs);
    case 'playback-started':
      return onPlaybackStarted(live, input, atMs);
    case 'words-heard':
      return onWordsHeard(live, input, atMs, policy);
    case 'playback-finished':
      return onPlaybackFinished(live, input, atMs, policy);
    case 'tick':
      return meetDeadlines(live, atMs, policy) ?? ignore(live, input, 'nothing-due');
    default:
      return assertNever(input);
  }
}
