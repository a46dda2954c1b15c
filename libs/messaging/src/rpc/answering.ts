import type { MessageHandler } from '@nestjs/microservices';
import type { Msg } from '@nats-io/transport-node';
import { isObservable, lastValueFrom } from 'rxjs';
import { z } from 'zod';
import { NotReadyYetError, RetryableError } from '@parley/resilience';
import { RpcFailure } from './rpc-errors.js';

/** The refusal of a request, in its wire format. */
export const Refusal = z.object({ code: z.string(), message: z.string(), retryable: z.boolean() });
export type Refusal = z.output<typeof Refusal>;

/** A refusal's text is cut to this length, because the size of NATS messages is limited. */
const MAX_REFUSAL_CHARS = 2_000;

/**
 * Returns the refusal that the caller receives for a handler's error. Passes errors other than `RpcFailure`
 * to `report`.
 */
export function refusalOf(error: unknown, service: string, report: (error: unknown) => void): Refusal {
  if (error instanceof RpcFailure) {
    const message = error.message.slice(0, MAX_REFUSAL_CHARS);
    return { code: error.code, message, retryable: error.retryable };
  }
  if (!(error instanceof NotReadyYetError)) report(error);
  return error instanceof RetryableError
    ? { code: 'unavailable', message: `${service} cannot answer now; try again later`, retryable: true }
    : {
        code: 'internal',
        message: `${service} failed to answer because of an internal error`,
        retryable: false,
      };
}

/** Returns a message's data, or undefined if they do not match the schema. */
export function read(schema: z.ZodType, message: Msg): { data: unknown } | undefined {
  try {
    const parsed = schema.safeParse(message.json());
    return parsed.success ? { data: parsed.data } : undefined;
  } catch {
    return undefined;
  }
}

/** Awaits a handler's result, even if Nest has wrapped it in an observable. */
export async function resultOf(handled: ReturnType<MessageHandler>): Promise<unknown> {
  const result: unknown = await handled;
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}
