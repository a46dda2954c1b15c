import type { Mutation } from '../mutation.js';

const PLAYBACK = 'libs/core/turn-taking/src/playback.ts';
const HEARD = 'libs/core/turn-taking/src/heard-words.ts';
const STEP_SPEECH = 'libs/core/turn-taking/src/step-speech.ts';
const TEXT_TO_VOICE = 'libs/core/turn-taking/src/text-to-voice.ts';
const SPEECH_STATE = 'libs/core/turn-taking/src/speech-state.ts';
const PLAYBACK_SPEC = 'libs/core/turn-taking/src/playback.spec.ts';
const UTTERANCE_SPEC = 'libs/core/turn-taking/src/utterance.spec.ts';
const STEP_SPEECH_SPEC = 'libs/core/turn-taking/src/step-speech.spec.ts';
const SPEECH_SPEC = 'apps/voice-bridge/src/session/turn-speech.spec.ts';

/** Playback to the caller, and how much the caller heard. */
export const playbackMutations: readonly Mutation[] = [
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
    name: 'the reply plays on after an interruption',
    file: STEP_SPEECH,
    from: "...(mustClear ? [{ kind: 'clear' as const }] : [])",
    to: '',
    specs: [STEP_SPEECH_SPEC, SPEECH_SPEC],
  },
  {
    name: 'marks are ignored',
    file: STEP_SPEECH,
    from: 'const echo = onMarkReturned(speech.playback, name, atMs);',
    to: "const echo = onMarkReturned(speech.playback, '', atMs);",
    specs: [STEP_SPEECH_SPEC, SPEECH_SPEC],
  },
  {
    name: 'what was sent counts as heard',
    file: SPEECH_STATE,
    from: 'const ms = heardMs(speech.playback, nowMs);',
    to: 'const ms = nowMs < 0 ? heardMs(speech.playback, nowMs) : speech.playback.sentBytes / MULAW_BYTES_PER_MS;',
    specs: [STEP_SPEECH_SPEC, SPEECH_SPEC],
  },
  {
    name: 'a filler counts as the reply',
    file: SPEECH_STATE,
    from: 'heardMs: Math.round(Math.max(0, ms - replyStartMs(utterance)))',
    to: 'heardMs: Math.round(ms)',
    specs: [SPEECH_SPEC],
  },
  {
    name: 'text without audio counts as heard',
    file: SPEECH_STATE,
    from: "voice.kind === 'broken' ? heardText(utterance, ms) : utterance.written",
    to: 'utterance.written',
    specs: [STEP_SPEECH_SPEC, SPEECH_SPEC],
  },
  {
    name: 'a reply whose voice stream broke is spoken twice',
    file: TEXT_TO_VOICE,
    from: 'if (attempt > 1 || playback.receivedBytes > 0) return breakOff(speech, reason);',
    to: 'if (attempt > 1) return breakOff(speech, reason);',
    specs: [STEP_SPEECH_SPEC, SPEECH_SPEC],
  },
  {
    name: 'a sentence is spoken before it is stored',
    file: TEXT_TO_VOICE,
    from: "if (text.kind === 'sentence' && !text.isStored) return speechStep(speech);",
    to: '',
    specs: [STEP_SPEECH_SPEC, SPEECH_SPEC],
  },
];
