import { assertNever } from '@parley/kernel';

/**
 * What the line sounds like: `silent`, the caller is `sounding`, or `ending`: a sound has just ended, and the recogniser
 * is about to decide whether it was the end of a turn.
 */
export interface CallerSound {
  readonly phase: 'silent' | 'sounding' | 'ending';
  /** The level of the line without speech: follows what is quieter at once, what is louder slowly. */
  readonly floor: number;
  /** How long it has been in its phase without a sound, up to what matters. */
  readonly quietMs: number;
}

export const NO_SOUND: CallerSound = { phase: 'silent', floor: 0, quietMs: 0 };

/** A pause shorter than this is one between words. */
const PAUSE_MS = 100;
/** A recogniser that has not ended the turn by then waits for more. */
const LONGEST_ENDING_MS = 1_500;
/** Below this nothing is speech: some 46 dB under the loudest. */
const QUIETEST_SPEECH = 160;
const SPEECH_OVER_FLOOR = 3;
const FLOOR_RISES_BY = 1.02;
const LOWEST_FLOOR = 8;

/** One more piece of audio, of this level and length. */
export function addLevel(sound: CallerSound, level: number, ms: number): CallerSound {
  const floor =
    level <= sound.floor ? level : Math.min(level, Math.max(sound.floor, LOWEST_FLOOR) * FLOOR_RISES_BY);
  if (level >= QUIETEST_SPEECH && level >= sound.floor * SPEECH_OVER_FLOOR)
    return { phase: 'sounding', floor, quietMs: 0 };
  const quietMs = sound.quietMs + ms;
  switch (sound.phase) {
    case 'sounding':
      return quietMs < PAUSE_MS ? { ...sound, floor, quietMs } : { phase: 'ending', floor, quietMs: 0 };
    case 'ending':
      return quietMs < LONGEST_ENDING_MS
        ? { ...sound, floor, quietMs }
        : { phase: 'silent', floor, quietMs: 0 };
    case 'silent':
      return { phase: 'silent', floor, quietMs: 0 };
    default:
      return assertNever(sound.phase);
  }
}

/** The recogniser has ended the turn: it waits for nothing. */
export const turnIsOver = (sound: CallerSound): CallerSound => ({ ...sound, phase: 'silent', quietMs: 0 });

/** The audio that goes to the recogniser in one piece: all at once while it decides, more where nobody waits for it. */
export function pieceMs({ phase }: CallerSound): number {
  if (phase === 'ending') return 20;
  return phase === 'sounding' ? 80 : 160;
}
