import { receiveAudio } from './playback.js';
import type { Speech, SpeechOutput, SpeechStep } from './speech-state.js';
import { completeAudio } from './utterance.js';

export type NextMove = (speech: Speech) => SpeechStep;

export const speechStep = (speech: Speech, ...outputs: readonly SpeechOutput[]): SpeechStep => ({
  speech,
  outputs,
});

/** Makes one move after another. */
export function chain(first: SpeechStep, ...moves: readonly NextMove[]): SpeechStep {
  let { speech } = first;
  const outputs = [...first.outputs];
  for (const next of moves) {
    const following = next(speech);
    ({ speech } = following);
    outputs.push(...following.outputs);
  }
  return { speech, outputs };
}

export const withAudioComplete = (speech: Speech): Speech => ({
  ...speech,
  utterance: completeAudio(speech.utterance),
  playback: receiveAudio(speech.playback, speech.playback.receivedBytes, true),
});
