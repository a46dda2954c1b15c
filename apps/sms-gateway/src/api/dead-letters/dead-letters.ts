import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import {
  consumingServices,
  deadLetterCursor,
  deadLetters,
  type DeadLetterView,
  isBefore,
  parseDeadLetterCursor,
  type RedriveResult,
  type ServiceName,
} from '@parley/contracts';
import { RpcClient, RpcFailure, RpcUnavailableError } from '@parley/messaging';
import { newId } from '@parley/service-kit';
import {
  type DeadLetterPage,
  type DeadLetterPlace,
  deadLetterResource,
  type DeadLetterResource,
} from './dead-letter-resource.js';

/** A handler gets 30 s; nobody waits longer for it here, and the request may be repeated. */
const REDRIVE_TIMEOUT_MS = 10_000;

interface Letter {
  readonly service: ServiceName;
  readonly view: DeadLetterView;
}

interface Answer {
  readonly service: ServiceName;
  /** Undefined when the service did not answer. */
  readonly page: { readonly data: readonly DeadLetterView[]; readonly hasMore: boolean } | undefined;
}

/** The dead letters of all services, each asked for its own. */
@Injectable()
export class DeadLetters {
  readonly #logger = new Logger(DeadLetters.name);

  constructor(private readonly rpc: RpcClient) {}

  /** One page of all, in one order. A service that does not answer is named, so that nobody takes its silence for none. */
  async list({ limit, cursor }: { limit: number; cursor?: string | undefined }): Promise<DeadLetterPage> {
    if (cursor !== undefined && !parseDeadLetterCursor(cursor)) {
      throw new RpcFailure('invalid-cursor', 'The cursor is not one of this list');
    }
    const answers = await Promise.all(
      consumingServices.map((service) =>
        this.#ask(service, { limit, ...(cursor !== undefined && { cursor }) }),
      ),
    );
    const isListable = beforeAnyGap(answers);
    const letters = answers
      .flatMap(({ service, page }): Letter[] => page?.data.map((view) => ({ service, view })) ?? [])
      .filter(({ view }) => isListable(view))
      .toSorted((one, other) => (isBefore(one.view, other.view) ? -1 : 1));
    const data = letters.slice(0, limit);
    const hasMore = letters.length > limit || answers.some(({ page }) => page?.hasMore);
    return {
      data: data.map(({ service, view }) => deadLetterResource(service, view)),
      nextCursor: hasMore ? deadLetterCursor(data.at(-1)!.view) : null,
      hasMore,
      unavailable: answers.filter(({ page }) => page === undefined).map(({ service }) => service),
    };
  }

  async get({ service, ...key }: DeadLetterPlace): Promise<DeadLetterResource | undefined> {
    const found = await this.rpc.request(deadLetters[service].get, key);
    return found ? deadLetterResource(service, found) : undefined;
  }

  /** `caller`: whose request and which, where a repetition is to be known as one. Undefined: no such letter. */
  async redrive(
    { service, ...key }: DeadLetterPlace,
    caller: readonly string[] | undefined,
  ): Promise<RedriveResult | undefined> {
    const requestId = caller ? digestOf([...caller, key.consumer, key.eventId]) : newId('req');
    const input = { requestId, ...key };
    const result = await this.rpc.request(deadLetters[service].redrive, input, {
      timeoutMs: REDRIVE_TIMEOUT_MS,
    });
    return result ?? undefined;
  }

  async #ask(service: ServiceName, query: { limit: number; cursor?: string }): Promise<Answer> {
    try {
      return { service, page: await this.rpc.request(deadLetters[service].list, query) };
    } catch (error) {
      if (!isAway(error)) throw error;
      this.#logger.warn({ err: error, service }, 'a service does not tell its dead letters');
      return { service, page: undefined };
    }
  }
}

/** A service's page may be short and more follow: what others have behind its last letter is for the next page. */
function beforeAnyGap(answers: readonly Answer[]): (view: DeadLetterView) => boolean {
  const ends = answers.flatMap(({ page }) => (page?.hasMore ? page.data.slice(-1) : []));
  return (view) => ends.every((end) => !isBefore(end, view));
}

function isAway(error: unknown): boolean {
  return error instanceof RpcUnavailableError || (error instanceof RpcFailure && error.retryable);
}

function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
