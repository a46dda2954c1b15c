import { typeOf, type Contract, type DataOf } from '@parley/contracts';
import { Catch, UseFilters, type RpcExceptionFilter } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { throwError, type Observable } from 'rxjs';
import type { MessageContext } from './message-context.js';

/** Marks the handlers that `JetStreamServer` serves. */
export const JETSTREAM_TRANSPORT = Symbol('jetstream');

/** Passes a handler's exception on unchanged: Nest's own filter would turn it into "Internal server error". */
@Catch()
export class PassExceptionsOn implements RpcExceptionFilter<unknown> {
  catch(exception: unknown): Observable<never> {
    return throwError(() => exception);
  }
}

type Handler<C extends Contract> = (data: DataOf<C>, context: MessageContext) => Promise<void>;
type HandlerDecorator<C extends Contract> = <H extends Handler<C>>(
  target: object,
  method: string,
  descriptor: TypedPropertyDescriptor<H>,
) => void;

/**
 * Marks a controller's method as the handler of a fact or an event: `(data, context) => Promise<void>`. The
 * message is acknowledged when the promise resolves, so its effect must be committed by then. It may be
 * delivered again.
 */
export function OnFact<C extends Contract<'int' | 'evt'>>(contract: C): HandlerDecorator<C> {
  return handles(contract);
}

/** Marks the handler of a command, like `OnFact`. */
export function OnCommand<C extends Contract<'cmd'>>(contract: C): HandlerDecorator<C> {
  return handles(contract);
}

function handles<C extends Contract>(contract: C): HandlerDecorator<C> {
  return (target, method, descriptor) => {
    Payload()(target, method, 0);
    Ctx()(target, method, 1);
    UseFilters(PassExceptionsOn)(target, method, descriptor);
    MessagePattern(typeOf(contract), JETSTREAM_TRANSPORT, { contract })(target, method, descriptor);
  };
}
