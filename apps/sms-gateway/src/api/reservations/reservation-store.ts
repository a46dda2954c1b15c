import type { Transaction } from '@parley/persistence';

/** Where an idempotency key counts. */
export interface ReservationScope {
  /** The API key's name. */
  readonly apiKey: string;
  readonly method: string;
  readonly route: string;
  readonly idempotencyKey: string;
}

/** A resource that was promised to a caller, as it was first answered. */
export interface PromisedResource {
  readonly id: string;
}

/** What there is under a key: the first answer, or a sign that the request was another one then. */
export type EarlierRequest<R> =
  { readonly kind: 'same'; readonly resource: R } | { readonly kind: 'other-body' };

/** Which requests were accepted, each with the resource that it makes. Throws RetryableError while it is away. */
export abstract class ReservationStore {
  abstract find<R extends PromisedResource>(
    scope: ReservationScope,
    body: string,
  ): Promise<EarlierRequest<R> | undefined>;

  /**
   * Reserves the key for this request, in the transaction that makes the resource. Undefined when it did; otherwise
   * what was there before, or `in-flight` while somebody else is just reserving it.
   */
  abstract reserve<R extends PromisedResource>(
    tx: Transaction,
    scope: ReservationScope,
    body: string,
    resource: R,
  ): Promise<EarlierRequest<R> | { readonly kind: 'in-flight' } | undefined>;

  /** The resource as it was promised, by its id. */
  abstract promised<R extends PromisedResource>(id: R['id']): Promise<R | undefined>;

  /** Forgets up to `limit` requests that were accepted before; answers how many. */
  abstract forget(acceptedBefore: Date, limit: number): Promise<number>;
}
