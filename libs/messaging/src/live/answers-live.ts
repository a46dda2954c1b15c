import { UseFilters } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import {
  subjectFilterOf,
  type LiveContract,
  type LiveDataOf,
  type LiveRequestContract,
} from '@parley/contracts';
import type { z } from 'zod';
import { PassExceptionsOn } from '../jetstream/handlers.js';
import type { LiveAnswer } from './live-answer.js';

/** Marks the handlers that are the live server's. */
export const LIVE_TRANSPORT = Symbol('live');

/**
 * Answers a question bit by bit: `(input, answer) => Promise<end>` on a controller; `answer.send` says a part. Throw
 * `RpcFailure` for a refusal, `RetryableError` when something is away.
 */
export function AnswersLive<C extends LiveRequestContract>(
  contract: C,
): <H extends (input: z.output<C['input']>, answer: LiveAnswer<C>) => Promise<z.output<C['end']>>>(
  target: object,
  method: string,
  descriptor: TypedPropertyDescriptor<H>,
) => void {
  return (target, method, descriptor) => {
    Payload()(target, method, 0);
    Ctx()(target, method, 1);
    UseFilters(PassExceptionsOn)(target, method, descriptor);
    MessagePattern(subjectFilterOf(contract), LIVE_TRANSPORT, { request: contract })(
      target,
      method,
      descriptor,
    );
  };
}

/** Hears a live message: `(data) => void` on a controller. Nobody learns what became of it. */
export function OnLive<C extends LiveContract>(
  contract: C,
): <H extends (data: LiveDataOf<C>) => void>(
  target: object,
  method: string,
  descriptor: TypedPropertyDescriptor<H>,
) => void {
  return (target, method, descriptor) => {
    Payload()(target, method, 0);
    UseFilters(PassExceptionsOn)(target, method, descriptor);
    MessagePattern(subjectFilterOf(contract), LIVE_TRANSPORT, { message: contract })(
      target,
      method,
      descriptor,
    );
  };
}
