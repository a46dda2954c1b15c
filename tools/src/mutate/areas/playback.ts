import type { Mutation } from '../mutation.js';

const PLAYBACK = 'libs/core/turn-taking/src/playback.ts';
const HEARD = 'libs/core/turn-taking/src/heard-words.ts';
const SPEECH = 'apps/voice-bridge/src/session/turn-speech.ts';
const PLAYBACK_SPEC = 'libs/core/turn-taking/src/playback.spec.ts';
const UTTERANCE_SPEC = 'libs/core/turn-taking/src/utterance.spec.ts';
const SPEECH_SPEC = 'apps/voice-bridge/src/session/turn-speech.spec.ts';

/** Sound on its way to the caller, and what of it was heard. */
export const playback: readonly Mutation[] = [
  {
    name: 'a mark from before a clear counts',
    file: PLAYBACK,
    from: 'if (Number(generation) !== playback.generation)',
    to: "if (generation === '')",
    specs: [PLAYBACK_SPEC],
  },
  {
    name: 'a mark that a clear sent back counts',
    file: PLAYBACK,
    from: "if (playback.status === 'suspended') return { kind: 'ignore', reason: 'cleared' };",
    to: '',
    specs: [PLAYBACK_SPEC],
  },
  {
    name: 'a resumed reply keeps its marks’ generation',
    file: PLAYBACK,
    from: 'generation: playback.generation + 1,',
    to: 'generation: playback.generation,',
    specs: [PLAYBACK_SPEC],
  },
  {
    name: 'more was heard than was sent',
    file: PLAYBACK,
    from: 'return Math.min(Math.max(byClock, lastMarkMs), sentBytes / MULAW_BYTES_PER_MS);',
    to: 'return Math.max(byClock, lastMarkMs);',
    specs: [PLAYBACK_SPEC],
  },
  {
    name: 'nothing is cleared',
    file: PLAYBACK,
    from: 'mustClear: playback.marks.length > 0,',
    to: 'mustClear: false,',
    specs: [PLAYBACK_SPEC],
  },
  {
    name: 'a reply has ended before all of it was sent',
    file: PLAYBACK,
    from: "if (status === 'suspended' || !isAudioComplete || sentBytes < receivedBytes) return false;",
    to: "if (status === 'suspended' || !isAudioComplete) return false;",
    specs: [PLAYBACK_SPEC],
  },
  {
    name: 'a frame is cut short',
    file: PLAYBACK,
    from: 'padBytes: (FRAME_BYTES - (bytes % FRAME_BYTES)) % FRAME_BYTES,',
    to: 'padBytes: 0,',
    specs: [PLAYBACK_SPEC],
  },
  {
    name: 'the sound is not resumed where it was',
    file: PLAYBACK,
    from: 'const sentBytes = Math.min(Math.floor(fromMs * MULAW_BYTES_PER_MS), playback.receivedBytes);',
    to: 'const sentBytes = playback.sentBytes;',
    specs: [PLAYBACK_SPEC],
  },
  {
    name: 'a word that was begun counts as heard',
    file: HEARD,
    from: 'words.findIndex(({ endMs }) => endMs > heardMs)',
    to: 'words.findIndex(({ startMs }) => startMs > heardMs)',
    specs: [UTTERANCE_SPEC],
  },
  {
    name: 'a word is heard twice',
    file: HEARD,
    from: 'endMs > fromMs && endMs <= toMs',
    to: 'endMs >= fromMs && endMs <= toMs',
    specs: [UTTERANCE_SPEC],
  },
  {
    name: 'the caller hears on after an interruption',
    file: SPEECH,
    from: 'if (mustClear) this.parts.line.clear();',
    to: '',
    specs: [SPEECH_SPEC],
  },
  {
    name: 'marks are not heeded',
    file: SPEECH,
    from: 'const echo = echoMark(this.#playback, name, nowMs);',
    to: "const echo = echoMark(this.#playback, '', nowMs);",
    specs: [SPEECH_SPEC],
  },
  {
    name: 'what was sent counts as heard',
    file: SPEECH,
    from: `const ms = heardMs(this.#playback, nowMs);
    return this.#said(heardText`,
    to: `const ms = this.#playback.sentBytes / MULAW_BYTES_PER_MS;
    return this.#said(heardText`,
    specs: [SPEECH_SPEC],
  },
  {
    name: 'a filler counts as the reply',
    file: SPEECH,
    from: 'const ofTextMs = Math.max(0, ms - asideMs(this.#utterance));',
    to: 'const ofTextMs = ms;',
    specs: [SPEECH_SPEC],
  },
  {
    name: 'what the voice did not say counts as heard',
    file: SPEECH,
    from: 'return this.#said(this.#isBroken ? heardText(this.#utterance, ms) : written, ms);',
    to: 'return this.#said(written, ms);',
    specs: [SPEECH_SPEC],
  },
  {
    name: 'a voice that was lost says it twice',
    file: SPEECH,
    from: 'if (this.#attempts > 1 || this.#track.length > 0) {',
    to: 'if (this.#attempts > 1) {',
    specs: [SPEECH_SPEC],
  },
];
