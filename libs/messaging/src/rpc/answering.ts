import type { MessageHandler } from '@nestjs/microservices';
import type { Msg } from '@nats-io/transport-node';
import { isObservable, lastValueFrom } from 'rxjs';
import { z } from 'zod';
import { NotReadyYetError, RetryableError } from '@parley/resilience';
import { RpcFailure } from './rpc-errors.js';

/** Why a service did not do what it was asked for, as it stands on the wire. */
export const Refusal = z.object({ code: z.string(), message: z.string(), retryable: z.boolean() });
export type Refusal = z.output<typeof Refusal>;

/** What else an error quotes is not for the wire, whose messages are bounded. */
const MAX_REFUSAL_CHARS = 2_000;

/** What the asker is told of a handler's error; `report` hears of those that it did not mean as an answer. */
export function refusalOf(error: unknown, service: string, report: (error: unknown) => void): Refusal {
  if (error instanceof RpcFailure) {
    const message = error.message.slice(0, MAX_REFUSAL_CHARS);
    return { code: error.code, message, retryable: error.retryable };
  }
  if (!(error instanceof NotReadyYetError)) report(error);
  return error instanceof RetryableError
    ? { code: 'unavailable', message: `${service} cannot answer now`, retryable: true }
    : { code: 'internal', message: `${service} failed to answer`, retryable: false };
}

/** A message's data; undefined when it is not what the schema allows. */
export function read(schema: z.ZodType, message: Msg): { data: unknown } | undefined {
  try {
    const parsed = schema.safeParse(message.json());
    return parsed.success ? { data: parsed.data } : undefined;
  } catch {
    return undefined;
  }
}

/** What a handler returned, also where Nest has wrapped it. */
export async function resultOf(handled: ReturnType<MessageHandler>): Promise<unknown> {
  const result: unknown = await handled;
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}
