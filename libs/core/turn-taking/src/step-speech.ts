import { assertNever } from '@parley/kernel';
import { asideMs, nextUnheardMs, wordsHeardBetween } from './heard-words.js';
import { MULAW_BYTES_PER_MS } from './mulaw.js';
import {
  onMarkReturned,
  heardMs,
  isHeardToEnd,
  nextMessages,
  receiveAudio,
  resumePlayback,
  suspendPlayback,
} from './playback.js';
import type { PlaybackPolicy } from './playback-policy.js';
import {
  type Speech,
  type SpeechInput,
  type SpeechMoment,
  type SpeechOutput,
  type SpeechStep,
  utteranceIdOf,
} from './speech-state.js';
import { addAside, addSentence, completeAudio, type Utterance } from './utterance.js';
import { addAudio } from './voice-timings.js';
import { judgeVoice } from './voice-watch.js';

type Next = (speech: Speech) => SpeechStep;

/** One turn's speech, from its text to the last mark. Nothing here waits, sends or reads a clock. */
export function stepSpeech(speech: Speech, input: SpeechInput, policy: PlaybackPolicy): SpeechStep {
  const { atMs } = input;
  switch (input.kind) {
    case 'sentence':
      return onText(speech, addSentence(speech.utterance, input.text));
    case 'filler':
      return onText(speech, addAside(speech.utterance, input.text));
    case 'text-complete':
      return step({ ...speech, text: 'complete', unstored: [...speech.unstored, { kind: 'end' }] });
    case 'stored':
      return onStored(speech, atMs, policy);
    case 'audio':
    case 'audio-complete':
      return onAudio(speech, input, policy);
    case 'voice-lost':
      return onVoiceLost(speech, input.reason, atMs, policy);
    case 'mark':
      return onMark(speech, input.name, atMs, policy);
    case 'suspend':
      return suspend(speech, atMs);
    case 'resume':
      return onResume(speech, input, policy);
    case 'end':
      return step({ ...speech, stage: 'over' });
    case 'cut':
      return chain(suspend(speech, atMs), drop);
    case 'drop':
      return drop(speech);
    case 'tick':
      return onTick(speech, input, policy);
    default:
      return assertNever(input);
  }
}

const step = (speech: Speech, ...outputs: readonly SpeechOutput[]): SpeechStep => ({ speech, outputs });

function chain(first: SpeechStep, ...nexts: readonly Next[]): SpeechStep {
  let { speech } = first;
  const outputs = [...first.outputs];
  for (const next of nexts) {
    const following = next(speech);
    ({ speech } = following);
    outputs.push(...following.outputs);
  }
  return { speech, outputs };
}

/** Whether the voice has the turn's complete text. */
const isGivenWhole = ({ text, unstored }: Speech): boolean => text === 'complete' && unstored.length === 0;

function onText(speech: Speech, { utterance, toSay }: { utterance: Utterance; toSay: string }): SpeechStep {
  const unstored = [...speech.unstored, { kind: 'text' as const, text: toSay }];
  return step({ ...speech, utterance, unstored });
}

/**
 * The voice gets a text only after it is stored, so that a process that takes over knows what the caller may have
 * heard.
 */
function onStored(speech: Speech, atMs: number, policy: PlaybackPolicy): SpeechStep {
  const [stored, ...unstored] = speech.unstored;
  const next = { ...speech, unstored };
  if (stored === undefined || speech.stage === 'over') return step(next);
  if (stored.kind === 'text') return say(next, stored.text, atMs);
  return chain(finishText(next, atMs), (finished) => reportEnd(finished, atMs, policy));
}

function say(speech: Speech, text: string, atMs: number): SpeechStep {
  if (text.trim() === '' || speech.voice.kind === 'broken') return step(speech);
  const utteranceId = utteranceIdOf(speech);
  const speak: SpeechOutput[] =
    speech.voice.kind === 'pausing' ? [] : [{ kind: 'voice-speak', utteranceId, text }];
  return step({ ...speech, given: speech.given + text, textAtMs: atMs }, ...speak, {
    kind: 'synthesised',
    characters: text.length,
  });
}

function finishText(speech: Speech, atMs: number): SpeechStep {
  if (speech.given === '') return step(withAudioComplete(speech));
  return speech.voice.kind === 'receiving' ? finishVoice(speech, atMs) : step(speech);
}

const finishVoice = (speech: Speech, atMs: number): SpeechStep =>
  step(
    { ...speech, voice: { kind: 'finished', atMs } },
    { kind: 'voice-finish', utteranceId: utteranceIdOf(speech) },
  );

function onAudio(
  speech: Speech,
  input: Extract<SpeechInput, { utteranceId: string }>,
  policy: PlaybackPolicy,
): SpeechStep {
  if (input.utteranceId !== utteranceIdOf(speech) || speech.playback.isAudioComplete) return step(speech);
  const { atMs } = input;
  const received = input.kind === 'audio' ? receive(speech, input, atMs) : step(withAudioComplete(speech));
  return chain(
    received,
    (next) => sendAhead(next, input, policy),
    (next) => reportEnd(next, atMs, policy),
  );
}

function receive(
  speech: Speech,
  { chunk }: Extract<SpeechInput, { kind: 'audio' }>,
  atMs: number,
): SpeechStep {
  const utterance = addAudio(speech.utterance, chunk);
  const playback = receiveAudio(speech.playback, speech.playback.receivedBytes + chunk.audioBytes, false);
  const next = { ...speech, utterance, playback, audioAtMs: atMs };
  return step(next, ...moment(next, 'firstAudioMs', playback.receivedBytes / MULAW_BYTES_PER_MS, atMs));
}

const withAudioComplete = (speech: Speech): Speech => ({
  ...speech,
  utterance: completeAudio(speech.utterance),
  playback: receiveAudio(speech.playback, speech.playback.receivedBytes, true),
});

/** Reports a moment of the reply itself, not of the filler before it. */
function moment({ utterance }: Speech, name: SpeechMoment, untilMs: number, atMs: number): SpeechOutput[] {
  const isOfReply = utterance.written !== '' && untilMs > asideMs(utterance);
  return isOfReply ? [{ kind: 'moment', moment: name, atMs }] : [];
}

/**
 * A voice that is lost before any sound gets the text once more, on a new connection and after a pause. After a first
 * sound a repetition could repeat or skip a word, so the turn ends where its audio ends.
 */
function onVoiceLost(speech: Speech, reason: string, atMs: number, policy: PlaybackPolicy): SpeechStep {
  const { playback, attempt, textAtMs } = speech;
  if (playback.isAudioComplete) return step(speech);
  if (attempt > 1 || playback.receivedBytes > 0) return breakOff(speech, reason);
  const untilMs = textAtMs + policy.secondAttemptAfterMs;
  return secondAttempt({ ...speech, attempt: attempt + 1, voice: { kind: 'pausing', untilMs } }, atMs);
}

function breakOff(speech: Speech, reason: string): SpeechStep {
  const { playback } = speech;
  return step(
    {
      ...speech,
      voice: { kind: 'broken' },
      playback: receiveAudio(playback, playback.receivedBytes, true),
      refillAtMs: 0,
    },
    { kind: playback.receivedBytes === 0 ? 'unavailable' : 'failed', reason },
  );
}

function secondAttempt(speech: Speech, atMs: number): SpeechStep {
  if (speech.voice.kind !== 'pausing' || atMs < speech.voice.untilMs) return step(speech);
  const again = step(
    { ...speech, voice: { kind: 'receiving' }, textAtMs: atMs },
    { kind: 'voice-speak', utteranceId: utteranceIdOf(speech), text: speech.given },
  );
  return isGivenWhole(speech) ? chain(again, (next) => finishVoice(next, atMs)) : again;
}

function onMark(speech: Speech, name: string, atMs: number, policy: PlaybackPolicy): SpeechStep {
  const echo = onMarkReturned(speech.playback, name, atMs);
  if (echo.kind === 'ignore') return step(speech);
  const { playback, fromMs, toMs } = echo;
  const words = wordsHeardBetween(speech.utterance, fromMs, toMs);
  const heard = step(
    { ...speech, playback },
    {
      kind: 'forget-audio',
      beforeByte: Math.floor((toMs - policy.longestWordMs) * MULAW_BYTES_PER_MS),
    },
    ...moment(speech, 'firstMarkHeardMs', toMs, atMs),
    { kind: 'report', event: { kind: 'words-heard', turnNo: speech.turnNo, words } },
  );
  return chain(heard, (next) => reportEnd(next, atMs, policy));
}

function suspend(speech: Speech, atMs: number): SpeechStep {
  const { playback, mustClear } = suspendPlayback(speech.playback, atMs);
  const { refillAtMs: _, ...rest } = speech;
  return step({ ...rest, playback }, ...(mustClear ? [{ kind: 'clear' as const }] : []));
}

/** Resumes from the next unheard word. If a word is longer than the held audio, its beginning is lost. */
function onResume(
  speech: Speech,
  input: Extract<SpeechInput, { kind: 'resume' }>,
  policy: PlaybackPolicy,
): SpeechStep {
  const { playback, utterance } = speech;
  if (playback.status !== 'suspended') return step(speech);
  const endMs = playback.receivedBytes / MULAW_BYTES_PER_MS;
  const nextMs = nextUnheardMs(utterance, heardMs(playback, input.atMs)) ?? endMs;
  const fromMs = Math.max(nextMs, input.heldFromByte / MULAW_BYTES_PER_MS);
  return sendAhead({ ...speech, playback: resumePlayback(playback, fromMs) }, input, policy);
}

function drop(speech: Speech): SpeechStep {
  const over: Speech = { ...speech, stage: 'over' };
  if (speech.voice.kind === 'pausing') return step({ ...over, voice: { kind: 'receiving' } });
  return speech.given === ''
    ? step(over)
    : step(over, { kind: 'voice-drop', utteranceId: utteranceIdOf(speech) });
}

function onTick(speech: Speech, input: SpeechInput, policy: PlaybackPolicy): SpeechStep {
  const { atMs } = input;
  const { voice, refillAtMs } = speech;
  const steps: Next[] = [];
  if (voice.kind === 'pausing') steps.push((next) => secondAttempt(next, atMs));
  if (refillAtMs !== undefined && atMs >= refillAtMs) steps.push((next) => sendAhead(next, input, policy));
  if (voice.kind === 'finished') steps.push((next) => watchVoice(next, voice.atMs, input, policy));
  if (speech.text === 'complete') steps.push((next) => reportEnd(next, atMs, policy));
  return steps.length === 0 ? step(speech) : chain(step(speech), ...steps);
}

/** Sends messages until the caller's queue holds enough. */
function sendAhead(
  speech: Speech,
  { atMs, isWritable }: Pick<SpeechInput, 'atMs' | 'isWritable'>,
  policy: PlaybackPolicy,
): SpeechStep {
  if (speech.playback.status !== 'playing') return step(speech);
  if (!isWritable) return step({ ...speech, refillAtMs: atMs });
  const { playback, messages, nextAtMs } = nextMessages(speech.playback, atMs, policy);
  const { refillAtMs: _, ...rest } = speech;
  const next = { ...rest, playback, ...(nextAtMs !== undefined && { refillAtMs: nextAtMs }) };
  if (messages.length === 0) return step(next);
  const played: SpeechOutput = { kind: 'play', messages };
  if (speech.hasStarted) return step(next, played);
  const event = { kind: 'playback-started', turnNo: speech.turnNo } as const;
  return step({ ...next, hasStarted: true }, played, { kind: 'report', event });
}

/** Does not wait for the voice's own end of an utterance, which can be many seconds late. */
function watchVoice(
  speech: Speech,
  finishedAtMs: number,
  input: SpeechInput,
  policy: PlaybackPolicy,
): SpeechStep {
  const { utterance, playback, textAtMs, audioAtMs } = speech;
  if (playback.isAudioComplete) return step(speech);
  const moments = { textAtMs, finishedAtMs, audioAtMs };
  const verdict = judgeVoice(utterance, playback, moments, input.atMs, policy);
  switch (verdict) {
    case 'wait':
      return step(speech);
    case 'whole':
      return sendAhead(withAudioComplete(speech), input, policy);
    case 'silent':
      return chain(step(speech, { kind: 'voice-reconnect' }), (next) =>
        onVoiceLost(next, 'it fell silent', input.atMs, policy),
      );
    default:
      return assertNever(verdict);
  }
}

function reportEnd(speech: Speech, atMs: number, policy: PlaybackPolicy): SpeechStep {
  const { text, stage, playback, turnNo } = speech;
  if (text === 'open' || stage !== 'open' || playback.status !== 'playing') return step(speech);
  if (!isHeardToEnd(playback, atMs, policy)) return step(speech);
  const event = { kind: 'playback-finished', turnNo } as const;
  return step({ ...speech, stage: 'reported' }, { kind: 'report', event });
}
