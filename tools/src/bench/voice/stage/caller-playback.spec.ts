import { FRAME_BYTES, encodeSpeech } from '@parley/simulator';
import { describe, expect, it } from 'vitest';
import { CallerPlayback } from './caller-playback.js';

function listening() {
  const heard: string[] = [];
  const gaps: number[] = [];
  const ear = new CallerPlayback({
    heard: ({ text, cut }) => heard.push(cut ? `${text}…` : text),
    gap: (ms) => gaps.push(ms),
  });
  const play = (frames: number): void => {
    for (let i = 0; i < frames; i += 1) ear.frame();
  };
  return { ear, heard, gaps, play };
}

const { audio } = encodeSpeech('one two');
const FRAMES = Math.ceil(audio.length / FRAME_BYTES);

describe('CallerPlayback', () => {
  it('CallerPlayback decodes the played words and echoes a mark after them', () => {
    const { ear, heard, gaps, play } = listening();
    let isEchoed = false;
    ear.enqueue(audio);
    ear.mark(() => (isEchoed = true));
    play(FRAMES - 1);
    expect(isEchoed).toBe(false);
    play(1);
    expect({ heard, gaps, isEchoed }).toEqual({ heard: ['one', 'two'], gaps: [], isEchoed: true });
  });

  it('CallerPlayback reports a gap and still decodes the word around it', () => {
    const { ear, heard, gaps, play } = listening();
    ear.enqueue(audio.subarray(0, 5 * FRAME_BYTES));
    play(8);
    ear.enqueue(audio.subarray(5 * FRAME_BYTES));
    play(FRAMES);
    expect({ heard, gaps }).toEqual({ heard: ['one', 'two'], gaps: [60] });
  });

  it('CallerPlayback.clear cuts the current word and echoes the waiting marks', () => {
    const { ear, heard, gaps, play } = listening();
    let isEchoed = false;
    ear.enqueue(audio);
    ear.mark(() => (isEchoed = true));
    play(5);
    ear.clear();
    play(FRAMES);
    expect({ heard, gaps, isEchoed }).toEqual({ heard: ['one…'], gaps: [], isEchoed: true });
  });

  it('CallerPlayback reports a word with a missing byte as cut', () => {
    const { ear, heard, play } = listening();
    ear.enqueue(audio.subarray(0, 1_000));
    ear.enqueue(audio.subarray(1_001));
    play(FRAMES);
    expect(heard[0]).toBe('one…');
  });
});
