import { z } from 'zod';
import { Refusal } from './answering.js';

/** How a request is answered on the wire. */
export const RpcReply = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), data: z.unknown() }),
  z.object({ ok: z.literal(false), error: Refusal }),
]);
export type RpcReply = z.output<typeof RpcReply>;
