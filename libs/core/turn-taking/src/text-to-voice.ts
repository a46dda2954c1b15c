import { receiveAudio } from './playback.js';
import type { PlaybackPolicy } from './playback-policy.js';
import { chain, speechStep, withAudioComplete } from './speech-moves.js';
import {
  type Speech,
  type SpeechInput,
  type SpeechOutput,
  type SpeechStep,
  utteranceIdOf,
  type WaitingText,
} from './speech-state.js';
import { addFiller, addSentence } from './utterance.js';

/** Whether the voice has the turn's complete text. */
const isGivenWhole = ({ text, waiting }: Speech): boolean => text === 'complete' && waiting.length === 0;

const wait = (speech: Speech, text: WaitingText): Speech => ({
  ...speech,
  waiting: [...speech.waiting, text],
});

export function onSentence(
  speech: Speech,
  { sentenceNo, text }: Extract<SpeechInput, { kind: 'sentence' }>,
): SpeechStep {
  const { utterance, toSay } = addSentence(speech.utterance, text);
  const sentence: WaitingText = { kind: 'sentence', sentenceNo, text: toSay, isStored: false };
  return speechStep(wait({ ...speech, utterance }, sentence));
}

export function onFiller(speech: Speech, text: string, atMs: number): SpeechStep {
  const { utterance, toSay } = addFiller(speech.utterance, text);
  return give(wait({ ...speech, utterance }, { kind: 'filler', text: toSay }), atMs);
}

export function onTextComplete(speech: Speech, atMs: number): SpeechStep {
  return give({ ...wait(speech, { kind: 'end' }), text: 'complete' }, atMs);
}

export function onStored(speech: Speech, sentenceNo: number, atMs: number): SpeechStep {
  const waiting = speech.waiting.map((text) =>
    text.kind === 'sentence' && text.sentenceNo === sentenceNo ? { ...text, isStored: true } : text,
  );
  return give({ ...speech, waiting }, atMs);
}

/**
 * Gives the voice the waiting texts up to the first sentence that is not stored. A sentence must be stored first, so that
 * a process that takes over knows what the caller may have heard.
 */
function give(speech: Speech, atMs: number): SpeechStep {
  const [text, ...waiting] = speech.waiting;
  if (text === undefined || speech.stage === 'over') return speechStep(speech);
  if (text.kind === 'sentence' && !text.isStored) return speechStep(speech);
  const next = { ...speech, waiting };
  if (text.kind !== 'end') return chain(say(next, text.text, atMs), (said) => give(said, atMs));
  return finishText(next, atMs);
}

function say(speech: Speech, text: string, atMs: number): SpeechStep {
  if (text.trim() === '' || speech.voice.kind === 'broken') return speechStep(speech);
  const utteranceId = utteranceIdOf(speech);
  const speak: SpeechOutput[] =
    speech.voice.kind === 'pausing' ? [] : [{ kind: 'voice-speak', utteranceId, text }];
  return speechStep({ ...speech, given: speech.given + text, textAtMs: atMs }, ...speak, {
    kind: 'synthesised',
    characters: text.length,
  });
}

function finishText(speech: Speech, atMs: number): SpeechStep {
  if (speech.given === '') return speechStep(withAudioComplete(speech));
  return speech.voice.kind === 'receiving' ? finishVoice(speech, atMs) : speechStep(speech);
}

const finishVoice = (speech: Speech, atMs: number): SpeechStep =>
  speechStep(
    { ...speech, voice: { kind: 'finished', atMs } },
    { kind: 'voice-finish', utteranceId: utteranceIdOf(speech) },
  );

/**
 * Gives the text once more to a voice that was lost before any sound, on a new connection and after a pause. A voice
 * lost later gets no text again, because a word could be repeated or skipped: the turn ends where its audio ends.
 */
export function onVoiceLost(
  speech: Speech,
  reason: string,
  atMs: number,
  policy: PlaybackPolicy,
): SpeechStep {
  const { playback, attempt, textAtMs } = speech;
  if (playback.isAudioComplete) return speechStep(speech);
  if (attempt > 1 || playback.receivedBytes > 0) return breakOff(speech, reason);
  const untilMs = textAtMs + policy.secondAttemptAfterMs;
  return startSecondAttempt({ ...speech, attempt: attempt + 1, voice: { kind: 'pausing', untilMs } }, atMs);
}

function breakOff(speech: Speech, reason: string): SpeechStep {
  const { playback } = speech;
  return speechStep(
    {
      ...speech,
      voice: { kind: 'broken' },
      playback: receiveAudio(playback, playback.receivedBytes, true),
      refillAtMs: 0,
    },
    { kind: playback.receivedBytes === 0 ? 'unavailable' : 'failed', reason },
  );
}

/** Gives a new connection the whole text, once the pause after the loss is over. */
export function startSecondAttempt(speech: Speech, atMs: number): SpeechStep {
  if (speech.voice.kind !== 'pausing' || atMs < speech.voice.untilMs) return speechStep(speech);
  const again = speechStep(
    { ...speech, voice: { kind: 'receiving' }, textAtMs: atMs },
    { kind: 'voice-speak', utteranceId: utteranceIdOf(speech), text: speech.given },
  );
  return isGivenWhole(speech) ? chain(again, (next) => finishVoice(next, atMs)) : again;
}

/** Ends the turn, and its utterance at the voice. */
export function dropSpeech(speech: Speech): SpeechStep {
  const over: Speech = { ...speech, stage: 'over' };
  if (speech.voice.kind === 'pausing') return speechStep({ ...over, voice: { kind: 'receiving' } });
  return speech.given === ''
    ? speechStep(over)
    : speechStep(over, { kind: 'voice-drop', utteranceId: utteranceIdOf(speech) });
}
