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
import { mayRpcSucceedLater, RpcClient, RpcFailure } from '@parley/messaging';
import { newId } from '@parley/service-kit';
import {
  type DeadLetterPage,
  type DeadLetterKey,
  deadLetterResource,
  type DeadLetterResource,
} from './dead-letter-resource.js';

/** How long REST waits for a redrive. A handler may take 30 s; the client can repeat the request. */
const REDRIVE_TIMEOUT_MS = 10_000;

interface ServiceDeadLetter {
  readonly service: ServiceName;
  readonly view: DeadLetterView;
}

interface ServicePage {
  readonly service: ServiceName;
  /** Undefined when the service did not answer. */
  readonly page: { readonly data: readonly DeadLetterView[]; readonly hasMore: boolean } | undefined;
}

/** Lists and redrives the dead letters of all services, by a request to each service. */
@Injectable()
export class AllDeadLetters {
  readonly #logger = new Logger(AllDeadLetters.name);

  constructor(private readonly rpc: RpcClient) {}

  /** One page of the dead letters of all services, in one order. `unavailable` names services that did not answer. */
  async list({ limit, cursor }: { limit: number; cursor?: string | undefined }): Promise<DeadLetterPage> {
    if (cursor !== undefined && !parseDeadLetterCursor(cursor)) {
      throw new RpcFailure(
        'invalid-cursor',
        'The cursor is invalid: pass nextCursor from a page of dead letters',
      );
    }
    const answers = await Promise.all(
      consumingServices.map((service) =>
        this.#pageOf(service, { limit, ...(cursor !== undefined && { cursor }) }),
      ),
    );
    const isListable = beforeAnyGap(answers);
    const listable = answers
      .flatMap(
        ({ service, page }): ServiceDeadLetter[] => page?.data.map((view) => ({ service, view })) ?? [],
      )
      .filter(({ view }) => isListable(view))
      .toSorted((one, other) => (isBefore(one.view, other.view) ? -1 : 1));
    const data = listable.slice(0, limit);
    const hasMore = listable.length > limit || answers.some(({ page }) => page?.hasMore);
    return {
      data: data.map(({ service, view }) => deadLetterResource(service, view)),
      nextCursor: hasMore ? deadLetterCursor(data.at(-1)!.view) : null,
      hasMore,
      unavailable: answers.filter(({ page }) => page === undefined).map(({ service }) => service),
    };
  }

  async get({ service, ...key }: DeadLetterKey): Promise<DeadLetterResource | undefined> {
    const found = await this.rpc.request(deadLetters[service].get, key);
    return found ? deadLetterResource(service, found) : undefined;
  }

  /**
   * Redrives a dead letter; returns undefined for an unknown one. `caller` is the API key's name and the idempotency key;
   * undefined without an idempotency key.
   */
  async redrive(
    { service, ...key }: DeadLetterKey,
    caller: readonly string[] | undefined,
  ): Promise<RedriveResult | undefined> {
    const requestId = caller ? digestOf([...caller, key.consumer, key.eventId]) : newId('req');
    const input = { requestId, ...key };
    const result = await this.rpc.request(deadLetters[service].redrive, input, {
      timeoutMs: REDRIVE_TIMEOUT_MS,
    });
    return result ?? undefined;
  }

  async #pageOf(service: ServiceName, query: { limit: number; cursor?: string }): Promise<ServicePage> {
    try {
      return { service, page: await this.rpc.request(deadLetters[service].list, query) };
    } catch (error) {
      if (!mayRpcSucceedLater(error)) throw error;
      this.#logger.warn(
        { err: error, service },
        'A service did not list its dead letters: they are missing from this page',
      );
      return { service, page: undefined };
    }
  }
}

/**
 * Selects the dead letters of this page: if a service has more of them than it returned, all older ones wait for the next
 * page.
 */
function beforeAnyGap(answers: readonly ServicePage[]): (view: DeadLetterView) => boolean {
  const ends = answers.flatMap(({ page }) => (page?.hasMore ? page.data.slice(-1) : []));
  return (view) => ends.every((end) => !isBefore(end, view));
}

function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
