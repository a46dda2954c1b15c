import { assertNever } from '@parley/kernel';
import { describe, expect, it } from 'vitest';
import { DEFAULT_PLAYBACK_POLICY as policy } from './playback-policy.js';
import {
  heardInAll,
  heardSoFar,
  newSpeech,
  type Speech,
  type SpeechChange,
  type SpeechOutput,
} from './speech-state.js';
import { stepSpeech } from './step-speech.js';

const TEXT = 'We open at five.';
/** Returns 100 ms of audio for each character, with the characters' times. */
const audio = (text: string, utteranceId = 't3u1'): SpeechChange => {
  const chars = Array.from(text);
  const alignment = { chars, startsMs: chars.map((_, i) => i * 100), durationsMs: chars.map(() => 100) };
  return { kind: 'audio', utteranceId, chunk: { audioBytes: chars.length * 800, alignment } };
};
const sentence = (text: string, sentenceNo = 1): SpeechChange => ({ kind: 'sentence', sentenceNo, text });
const isStored = (sentenceNo: number): SpeechChange => ({ kind: 'stored', sentenceNo });
const stored = isStored(1);
const textComplete: SpeechChange = { kind: 'text-complete' };
const lost: SpeechChange = { kind: 'voice-lost', reason: 'gone' };
const tick: SpeechChange = { kind: 'tick' };

interface PlayedSpeech {
  readonly speech: Speech;
  /** The outputs of the last moment. */
  readonly outputs: readonly SpeechOutput[];
}

/** Steps through the changes of each moment, in order. */
function played(...moments: readonly (readonly [number, ...SpeechChange[]])[]): PlayedSpeech {
  let speech = newSpeech(3, 1, 'en-US');
  let outputs: SpeechOutput[] = [];
  for (const [atMs, ...changes] of moments) {
    outputs = [];
    for (const change of changes) {
      const step = stepSpeech(speech, { ...change, atMs, isWritable: true }, policy);
      ({ speech } = step);
      outputs.push(...step.outputs);
    }
  }
  return { speech, outputs };
}

/** Describes an output in a few words. */
function brief(output: SpeechOutput): string {
  switch (output.kind) {
    case 'voice-speak':
      return `speak ${output.utteranceId}: ${output.text}`;
    case 'voice-finish':
    case 'voice-drop':
      return `${output.kind} ${output.utteranceId}`;
    case 'play':
      return `play ${output.messages.map(({ fromByte, toByte }) => `${fromByte}-${toByte}`).join(' ')}`;
    case 'report':
      return output.event.kind;
    case 'moment':
      return `${output.moment} ${output.atMs}`;
    case 'failed':
    case 'unavailable':
      return `${output.kind}: ${output.reason}`;
    case 'synthesised':
      return `synthesised ${output.characters}`;
    case 'voice-reconnect':
    case 'hold-audio':
    case 'clear':
    case 'forget-audio':
      return output.kind;
    default:
      return assertNever(output);
  }
}

const given = [0, sentence(TEXT), stored] as const;
const whole = [0, sentence(TEXT), textComplete, stored] as const;
const sounding = [100, audio(TEXT)] as const;

describe('stepSpeech', () => {
  it.each<[string, PlayedSpeech, string[]]>([
    ['holds a sentence back until it is stored', played([0, sentence(TEXT)]), []],
    ['gives a stored sentence to the voice', played(given), [`speak t3u1: ${TEXT}`, 'synthesised 16']],
    [
      'gives sentences to the voice in their order, also when the second one is stored first',
      played([0, sentence('One. '), sentence('Two. ', 2), isStored(2), textComplete, stored]),
      ['speak t3u1: One. ', 'synthesised 5', 'speak t3u1: Two. ', 'synthesised 5', 'voice-finish t3u1'],
    ],
    [
      'holds a sentence back while an earlier one is not stored',
      played([0, sentence('One. '), sentence('Two. ', 2), isStored(2)]),
      [],
    ],
    [
      'gives a filler to the voice at once, because a filler is not stored',
      played([0, { kind: 'filler', text: 'So.' }]),
      ['speak t3u1: So. ', 'synthesised 4'],
    ],
    ['does not give the voice a sentence without sound', played([0, sentence('\n'), stored]), []],
    [
      'ends the utterance after its last stored sentence',
      played(whole),
      [`speak t3u1: ${TEXT}`, 'synthesised 16', 'voice-finish t3u1'],
    ],
    [
      'reports a turn without text as heard at once',
      played([0, sentence('\n'), textComplete, stored]),
      ['playback-finished'],
    ],
    [
      'plays the first audio at once, half a second ahead, and reports that it started',
      played(whole, sounding),
      ['hold-audio', 'firstAudioMs 100', 'play 0-1600 1600-3200 3200-4800', 'playback-started'],
    ],
    ['ignores the audio of another utterance', played(whole, [100, audio(TEXT, 't2u1')]), []],
    [
      'reports no times of the reply for its filler',
      played([0, { kind: 'filler', text: 'So.' }], [100, audio('So.')]),
      ['hold-audio', 'play 0-1600 1600-2400', 'playback-started'],
    ],
    ['refills before the queue runs low', played(whole, sounding, [401, tick]), ['play 4800-6400 6400-8000']],
    ['plays nothing between two refills', played(whole, sounding, [300, tick]), []],
    [
      'clears the queue when it is suspended, once',
      played(whole, sounding, [200, { kind: 'suspend' }, { kind: 'suspend' }]),
      ['clear'],
    ],
    [
      'plays nothing while it is suspended',
      played(whole, sounding, [200, { kind: 'suspend' }], [500, tick]),
      [],
    ],
    [
      'resumes before the first word that was not heard',
      played(whole, sounding, [600, { kind: 'suspend' }], [900, { kind: 'resume', heldFromByte: 0 }]),
      ['play 2240-3840 3840-5440 5440-7040'],
    ],
    [
      'resumes where the held audio begins when the word is longer than that',
      played(whole, sounding, [600, { kind: 'suspend' }], [900, { kind: 'resume', heldFromByte: 3_200 }]),
      ['play 3200-4800 4800-6400 6400-8000'],
    ],
    [
      'reports the words that a mark confirms',
      played(whole, sounding, [400, { kind: 'mark', name: 'g1:m1' }]),
      ['forget-audio', 'firstMarkHeardMs 400', 'words-heard'],
    ],
    [
      'ignores a mark of another generation',
      played(whole, sounding, [400, { kind: 'mark', name: 'g2:m1' }]),
      [],
    ],
    ['waits before it tries a lost voice again', played(whole, [10, lost], [299, tick]), []],
    [
      'gives the whole text to a second connection',
      played(whole, [10, lost], [300, tick]),
      [`speak t3u2: ${TEXT}`, 'voice-finish t3u2'],
    ],
    [
      'gives up when a second connection is lost without a sound',
      played(whole, [10, lost], [300, tick], [310, lost]),
      ['unavailable: gone'],
    ],
    [
      'fails when the voice is lost after some sound',
      played(whole, [100, audio('We')], [200, lost]),
      ['failed: gone'],
    ],
    [
      'does not fail when the voice is lost after it has sent all audio',
      played(whole, sounding, [200, { kind: 'audio-complete', utteranceId: 't3u1' }], [300, lost]),
      [],
    ],
    [
      'reconnects a voice that sends no audio of a whole text for four seconds, and tries again at once',
      played(whole, [4_000, tick]),
      ['voice-reconnect', `speak t3u2: ${TEXT}`, 'voice-finish t3u2'],
    ],
    ['waits for a silent voice for less than four seconds', played(whole, [3_999, tick]), []],
    ['drops the utterance when the turn is cut', played(given, [100, { kind: 'cut' }]), ['voice-drop t3u1']],
    [
      'does not speak a sentence that is stored after the turn was cut',
      played([0, sentence(TEXT)], [100, { kind: 'cut' }], [200, stored]),
      [],
    ],
    [
      'does not try a lost voice again after the turn was cut',
      played(given, [10, lost], [100, { kind: 'cut' }], [400, tick]),
      [],
    ],
  ])('stepSpeech %s', (_rule, { outputs }, expected) => {
    expect(outputs.map(brief)).toEqual(expected);
  });

  it('stepSpeech sends nothing while the media socket is not writable, and tries again at the next tick', () => {
    const { speech } = played(whole);
    const blocked = stepSpeech(speech, { ...audio(TEXT), atMs: 100, isWritable: false }, policy);
    expect(blocked.outputs.map(brief)).toEqual(['hold-audio', 'firstAudioMs 100']);
    const next = stepSpeech(blocked.speech, { kind: 'tick', atMs: 120, isWritable: true }, policy);
    expect(next.outputs.map(brief)).toContain('playback-started');
  });

  it('stepSpeech returns the same speech for a tick at which no step is due', () => {
    const { speech } = played(given);
    expect(stepSpeech(speech, { kind: 'tick', atMs: 20, isWritable: true }, policy).speech).toBe(speech);
  });
});

describe('the heard text of a speech', () => {
  it('before any sound, nothing of the speech counts as heard', () => {
    expect(heardSoFar(played(given).speech, 100)).toEqual({ reply: TEXT, heard: '', heardMs: 0 });
  });

  it('the heard text follows the clock after a mark, and never exceeds the audio that was sent', () => {
    const { speech } = played(whole, sounding, [400, { kind: 'mark', name: 'g1:m1' }]);
    expect(heardSoFar(speech, 400)).toMatchObject({ heard: 'We', heardMs: 200 });
    expect(heardSoFar(speech, 9_000)).toMatchObject({ heard: 'We', heardMs: 600 });
  });

  it('at its end, speech counts as heard whole, or up to the last audio of a lost voice', () => {
    expect(heardInAll(played(whole, sounding, [2_000, { kind: 'end' }]).speech).heard).toBe(TEXT);
    const broken = played(whole, [100, audio('We open ')], [200, lost], [1_000, { kind: 'end' }]);
    expect(heardInAll(broken.speech)).toEqual({ reply: TEXT, heard: 'We open', heardMs: 800 });
  });
});
