import type { SpeechEvent } from '@parley/turn-taking';
import { expect, it } from 'vitest';
import { Ear } from './ear.js';
import { SpeechToText, type SpeechSignal, type SpeechStream } from './speech-to-text.js';

/** Says what it is told to. */
class TalkativeRecogniser extends SpeechToText {
  say: (signal: SpeechSignal) => void = () => undefined;
  understands(): boolean {
    return true;
  }
  open(_options: unknown, onSignal: (signal: SpeechSignal) => void): SpeechStream {
    this.say = onSignal;
    return { push: () => undefined, tick: () => undefined, close: () => undefined };
  }
}

const FRAME = Buffer.alloc(160, 0xff).toString('base64');

it.each([
  ['before any audio', 0, 0.5],
  ['of a word that is yet to be said', 4, 1e18],
  ['of a word before the audio', 4, -1e18],
])('a time %s is a moment of this call', (_what, frames, lastWordEndMs) => {
  const recogniser = new TalkativeRecogniser();
  const heard: SpeechEvent[] = [];
  const sinceMs = performance.now();
  const ear = new Ear(
    recogniser,
    { languages: ['en'] },
    { speech: (event) => heard.push(event), lost: () => undefined },
  );
  for (let i = 0; i < frames; i++) ear.frame(i * 20, FRAME);
  recogniser.say({ kind: 'turn-ended', text: 'hello', lastWordEndMs });
  const [{ lastWordEndMs: endMs }] = heard as [Extract<SpeechEvent, { kind: 'turn-ended' }>];
  expect(endMs).toBeGreaterThanOrEqual(sinceMs - 20 * frames);
  expect(endMs).toBeLessThanOrEqual(performance.now());
});
