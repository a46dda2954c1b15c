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

/** Marks the handlers that `LiveServer` serves. */
export const LIVE_TRANSPORT = Symbol('live');

/**
 * Marks a controller's method that answers a live request in parts: `(input, answer) => Promise<end>`.
 * `answer.send` sends a part. The method throws `RpcFailure` to refuse, and `RetryableError` while a
 * dependency is unavailable.
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

/**
 * Marks a controller's method that receives a live message: `(data) => void`. The sender does not learn the
 * outcome.
 */
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
