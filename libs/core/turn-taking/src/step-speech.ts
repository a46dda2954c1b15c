import { assertNever } from '@parley/kernel';
import { replyStartMs, nextUnheardMs, wordsHeardBetween } from './heard-words.js';
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
import { chain, type NextMove, speechStep, withAudioComplete } from './speech-moves.js';
import {
  type Speech,
  type SpeechInput,
  type SpeechMoment,
  type SpeechOutput,
  type SpeechStep,
  utteranceIdOf,
} from './speech-state.js';
import {
  dropSpeech,
  onFiller,
  onSentence,
  onStored,
  onTextComplete,
  onVoiceLost,
  startSecondAttempt,
} from './text-to-voice.js';
import { addAudio } from './voice-timings.js';
import { judgeVoice } from './voice-watch.js';

/** Steps the speech of one turn, from its text to the last mark. Nothing here waits, sends or reads a clock. */
export function stepSpeech(speech: Speech, input: SpeechInput, policy: PlaybackPolicy): SpeechStep {
  const { atMs } = input;
  switch (input.kind) {
    case 'sentence':
      return onSentence(speech, input);
    case 'filler':
      return onFiller(speech, input.text, atMs);
    case 'text-complete':
      return chain(onTextComplete(speech, atMs), (next) => reportEnd(next, atMs, policy));
    case 'stored':
      return chain(onStored(speech, input.sentenceNo, atMs), (next) => reportEnd(next, atMs, policy));
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
      return speechStep({ ...speech, stage: 'over' });
    case 'cut':
      return chain(suspend(speech, atMs), dropSpeech);
    case 'drop':
      return dropSpeech(speech);
    case 'tick':
      return onTick(speech, input, policy);
    default:
      return assertNever(input);
  }
}

function onAudio(
  speech: Speech,
  input: Extract<SpeechInput, { utteranceId: string }>,
  policy: PlaybackPolicy,
): SpeechStep {
  if (input.utteranceId !== utteranceIdOf(speech) || speech.playback.isAudioComplete)
    return speechStep(speech);
  const { atMs } = input;
  const received =
    input.kind === 'audio' ? receive(speech, input, atMs) : speechStep(withAudioComplete(speech));
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
  const moments = moment(next, 'firstAudioMs', playback.receivedBytes / MULAW_BYTES_PER_MS, atMs);
  return speechStep(next, { kind: 'hold-audio' }, ...moments);
}

/** Reports the first audio or mark of the reply itself, not of the filler before it. */
function moment({ utterance }: Speech, name: SpeechMoment, untilMs: number, atMs: number): SpeechOutput[] {
  const isOfReply = utterance.written !== '' && untilMs > replyStartMs(utterance);
  return isOfReply ? [{ kind: 'moment', moment: name, atMs }] : [];
}

function onMark(speech: Speech, name: string, atMs: number, policy: PlaybackPolicy): SpeechStep {
  const echo = onMarkReturned(speech.playback, name, atMs);
  if (echo.kind === 'ignore') return speechStep(speech);
  const { playback, fromMs, toMs } = echo;
  const words = wordsHeardBetween(speech.utterance, fromMs, toMs);
  const heard = speechStep(
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
  return speechStep({ ...rest, playback }, ...(mustClear ? [{ kind: 'clear' as const }] : []));
}

/** Resumes from the next unheard word. If a word is longer than the held audio, its beginning is lost. */
function onResume(
  speech: Speech,
  input: Extract<SpeechInput, { kind: 'resume' }>,
  policy: PlaybackPolicy,
): SpeechStep {
  const { playback, utterance } = speech;
  if (playback.status !== 'suspended') return speechStep(speech);
  const endMs = playback.receivedBytes / MULAW_BYTES_PER_MS;
  const nextMs = nextUnheardMs(utterance, heardMs(playback, input.atMs)) ?? endMs;
  const fromMs = Math.max(nextMs, input.heldFromByte / MULAW_BYTES_PER_MS);
  return sendAhead({ ...speech, playback: resumePlayback(playback, fromMs) }, input, policy);
}

function onTick(speech: Speech, input: SpeechInput, policy: PlaybackPolicy): SpeechStep {
  const { atMs } = input;
  const { voice, refillAtMs } = speech;
  const steps: NextMove[] = [];
  if (voice.kind === 'pausing') steps.push((next) => startSecondAttempt(next, atMs));
  if (refillAtMs !== undefined && atMs >= refillAtMs) steps.push((next) => sendAhead(next, input, policy));
  if (voice.kind === 'finished') steps.push((next) => watchVoice(next, voice.atMs, input, policy));
  if (speech.text === 'complete') steps.push((next) => reportEnd(next, atMs, policy));
  return steps.length === 0 ? speechStep(speech) : chain(speechStep(speech), ...steps);
}

/** Sends messages until the caller's queue holds enough. */
function sendAhead(
  speech: Speech,
  { atMs, isWritable }: Pick<SpeechInput, 'atMs' | 'isWritable'>,
  policy: PlaybackPolicy,
): SpeechStep {
  if (speech.playback.status !== 'playing') return speechStep(speech);
  if (!isWritable) return speechStep({ ...speech, refillAtMs: atMs });
  const { playback, messages, nextAtMs } = nextMessages(speech.playback, atMs, policy);
  const { refillAtMs: _, ...rest } = speech;
  const next = { ...rest, playback, ...(nextAtMs !== undefined && { refillAtMs: nextAtMs }) };
  if (messages.length === 0) return speechStep(next);
  const played: SpeechOutput = { kind: 'play', messages };
  if (speech.hasStarted) return speechStep(next, played);
  const event = { kind: 'playback-started', turnNo: speech.turnNo } as const;
  return speechStep({ ...next, hasStarted: true }, played, { kind: 'report', event });
}

/** Decides by silence whether the voice has sent all audio, because its report of the end can be many seconds late. */
function watchVoice(
  speech: Speech,
  finishedAtMs: number,
  input: SpeechInput,
  policy: PlaybackPolicy,
): SpeechStep {
  const { utterance, playback, textAtMs, audioAtMs } = speech;
  if (playback.isAudioComplete) return speechStep(speech);
  const moments = { textAtMs, finishedAtMs, audioAtMs };
  const verdict = judgeVoice(utterance, playback, moments, input.atMs, policy);
  switch (verdict) {
    case 'wait':
      return speechStep(speech);
    case 'whole':
      return sendAhead(withAudioComplete(speech), input, policy);
    case 'silent':
      return chain(speechStep(speech, { kind: 'voice-reconnect' }), (next) =>
        onVoiceLost(next, 'the voice fell silent', input.atMs, policy),
      );
    default:
      return assertNever(verdict);
  }
}

function reportEnd(speech: Speech, atMs: number, policy: PlaybackPolicy): SpeechStep {
  const { text, stage, playback, turnNo } = speech;
  if (text === 'open' || stage !== 'open' || playback.status !== 'playing') return speechStep(speech);
  if (!isHeardToEnd(playback, atMs, policy)) return speechStep(speech);
  const event = { kind: 'playback-finished', turnNo } as const;
  return speechStep({ ...speech, stage: 'reported' }, { kind: 'report', event });
}
