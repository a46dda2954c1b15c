import { z } from 'zod';
import { Refusal } from './answering.js';

/** The answer to a request, as sent on the wire. */
export const RpcReply = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), data: z.unknown() }),
  z.object({ ok: z.literal(false), error: Refusal }),
]);
export type RpcReply = z.output<typeof RpcReply>;
