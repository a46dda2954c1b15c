import { z } from 'zod';
import { Refusal } from '../rpc/answering.js';

/**
 * One message of a streamed answer. Frames are numbered from 0, so that a lost frame leaves a gap. `alive` is
 * a sign of life when no other frame was sent for a while; `end` and `refusal` come last.
 */
export const LiveFrame = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('chunk'), n: z.int().min(0), data: z.unknown() }),
  z.object({ kind: z.literal('alive'), n: z.int().min(0) }),
  z.object({ kind: z.literal('end'), n: z.int().min(0), data: z.unknown() }),
  z.object({ kind: z.literal('refusal'), n: z.int().min(0), error: Refusal }),
]);
export type LiveFrame = z.output<typeof LiveFrame>;

/** How often a sign of life is sent while no other frame is sent. */
export const ALIVE_EVERY_MS = 500;
