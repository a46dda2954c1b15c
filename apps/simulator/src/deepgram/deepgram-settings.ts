import { z } from 'zod';
import { limits } from '../limits.js';

/** Speed of the simulated Deepgram. */
export const deepgramSettings = {
  schema: z.strictObject({
    /** Delay from audio to its message. */
    messageDelayMs: z.int().min(0).max(limits.waitMs),
    /** Silence after which Flux's end-of-turn confidence reaches 0.7. */
    endOfTurnSilenceMs: z.int().min(1).max(limits.waitMs),
    /** A v1 socket without audio and KeepAlive closes after this time. */
    idleCloseMs: z.int().min(100).max(limits.waitMs),
  }),
  initial: { messageDelayMs: 0, endOfTurnSilenceMs: 200, idleCloseMs: 10_000 },
  publishedDelays: { messageDelayMs: 50 },
} as const;
