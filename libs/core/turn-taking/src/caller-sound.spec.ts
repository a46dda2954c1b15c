import { describe, expect, it } from 'vitest';
import { type CallerSound, addLevel, NO_SOUND, pieceMs, onTurnEnded } from './caller-sound.js';
import { mulawLevel } from './mulaw.js';

const FRAME_MS = 20;
const SPEECH = 3_000;
const NOISE = 400;

/** Returns the phase after each frame, and the last sound. */
function hear(levels: readonly number[], from = NO_SOUND): { phases: string[]; sound: CallerSound } {
  let sound = from;
  const phases = levels.map((level) => (sound = addLevel(sound, level, FRAME_MS)).phase);
  return { phases, sound };
}

const frames = (level: number, ms: number): number[] => Array.from({ length: ms / FRAME_MS }, () => level);

describe('the sound of a caller', () => {
  it('the phase of the sound is "sounding" while the caller speaks, also between words', () => {
    const words = Array.from({ length: 10 }, () => [...frames(SPEECH, 300), ...frames(0, 60)]).flat();
    expect(new Set(hear(words).phases)).toEqual(new Set(['sounding']));
  });

  it('the phase of the sound is "ending" from 80 ms after the last speech until the end of turn', () => {
    const { phases, sound } = hear([...frames(SPEECH, 300), ...frames(0, 80)]);
    expect(phases.at(-2)).toBe('sounding');
    expect(phases.at(-1)).toBe('ending');
    expect(onTurnEnded(sound).phase).toBe('silent');
    expect(hear([SPEECH], sound).sound.phase).toBe('sounding');
  });

  it('the phase of the sound is "silent" after 1.7 s without speech, even without an end of turn', () => {
    expect(hear([...frames(SPEECH, 300), ...frames(0, 1_700)]).sound.phase).toBe('silent');
  });

  it('steady noise does not count as speech after a few seconds', () => {
    const { sound } = hear(frames(NOISE, 8_000));
    expect(sound.phase).toBe('silent');
    expect(hear(frames(SPEECH, 100), sound).sound.phase).toBe('sounding');
  });

  it('pieces for the recogniser are shortest while the turn may end', () => {
    const [silent, sounding, ending] = (['silent', 'sounding', 'ending'] as const).map((phase) =>
      pieceMs({ ...NO_SOUND, phase }),
    );
    expect(ending).toBe(FRAME_MS);
    expect(sounding).toBeLessThan(silent!);
  });
});

describe('the level of mulaw', () => {
  it.each([
    ['silence', 0xff, 0],
    ['silence of the other sign', 0x7f, 0],
    ['the loudest sound', 0x00, 32_124],
    ['the loudest sound of the other sign', 0x80, 32_124],
    ['the quietest sound', 0xfe, 8],
  ])('the level of mulaw audio with %s (byte %i) is %i', (_what, byte, level) => {
    expect(mulawLevel(new Uint8Array(160).fill(byte), 0, 160)).toBe(level);
  });

  it('the level of mulaw audio is the mean of the given part', () => {
    const audio = new Uint8Array(160).fill(0xff, 80);
    expect(mulawLevel(audio, 40, 120)).toBe(16_062);
    expect(mulawLevel(audio, 40, 40)).toBe(0);
  });
});
