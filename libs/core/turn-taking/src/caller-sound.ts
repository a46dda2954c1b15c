import { assertNever } from '@parley/kernel';

/**
 * What the caller's audio sounds like. `ending`: a sound has just ended, and the recogniser decides whether the turn
 * ended with it.
 */
export interface CallerSound {
  readonly phase: 'silent' | 'sounding' | 'ending';
  /** The level of the background. It falls at once with quieter audio and rises slowly with louder audio. */
  readonly floor: number;
  /** How long the caller has made no sound in this phase, counted up to the longest time that the rules compare. */
  readonly quietMs: number;
}

export const NO_SOUND: CallerSound = { phase: 'silent', floor: 0, quietMs: 0 };

/** A shorter pause counts as a pause between words. */
const PAUSE_MS = 80;
/** A recogniser that has not ended the turn after this time expects more speech. */
const LONGEST_ENDING_MS = 1_500;
/** Quieter audio is not speech: about 46 dB below the loudest. */
const QUIETEST_SPEECH = 160;
const SPEECH_OVER_FLOOR = 3;
const FLOOR_RISES_BY = 1.02;
const LOWEST_FLOOR = 8;

/** Adds a piece of audio of this level and length. */
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

/** Records that the recogniser has ended the turn. */
export const onTurnEnded = (sound: CallerSound): CallerSound => ({ ...sound, phase: 'silent', quietMs: 0 });

/**
 * Returns how many milliseconds of audio to send to the recogniser in one message: a single frame while it decides
 * about the end of turn, otherwise more.
 */
export function pieceMs({ phase }: CallerSound): number {
  if (phase === 'ending') return 20;
  return phase === 'sounding' ? 80 : 160;
}
