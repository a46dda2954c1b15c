import { rpcSubjectOf, type RequestContract } from '@parley/contracts';
import { UseFilters } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { z } from 'zod';
import { PassExceptionsOn } from '../jetstream/handlers.js';

/** Marks the handlers that `RpcServer` serves. */
export const RPC_TRANSPORT = Symbol('rpc');

/**
 * Marks a controller's method that answers a request: `(input) => Promise<output>`. The method throws
 * `RpcFailure` to refuse, and `RetryableError` while a dependency is unavailable.
 */
export function Answers<C extends RequestContract>(
  contract: C,
): <H extends (input: z.output<C['input']>) => Promise<z.output<C['output']>>>(
  target: object,
  method: string,
  descriptor: TypedPropertyDescriptor<H>,
) => void {
  return (target, method, descriptor) => {
    Payload()(target, method, 0);
    UseFilters(PassExceptionsOn)(target, method, descriptor);
    MessagePattern(rpcSubjectOf(contract), RPC_TRANSPORT, { contract })(target, method, descriptor);
  };
}
