import { z } from 'zod';
import { limits } from '../limits.js';

const ms = z.int().min(0).max(limits.waitMs);

/** Speed and behaviour of the simulated ElevenLabs. */
export const elevenLabsSettings = {
  schema: z.strictObject({
    firstAudioMs: ms,
    /** Time between two audio messages of one generation. */
    chunkMs: ms,
    isFinalDelayMs: ms,
    pace: z.number().min(0.25).max(20),
    alignment: z.enum(['plain', 'restarting', 'null', 'mixed']),
  }),
  initial: { firstAudioMs: 0, chunkMs: 0, isFinalDelayMs: 0, pace: 1, alignment: 'plain' },
  publishedDelays: { firstAudioMs: 100, chunkMs: 20 },
} as const;
