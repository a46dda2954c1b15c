import { z } from 'zod';
import { Refusal } from './answering.js';

/** The answer to a request, as sent on the wire. */
export const RpcAnswer = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), data: z.unknown() }),
  z.object({ ok: z.literal(false), error: Refusal }),
]);
export type RpcAnswer = z.output<typeof RpcAnswer>;
