import type { Transaction } from '@parley/persistence';

/** An idempotency key, which is unique for its API key, method and route. */
export interface ReservationKey {
  /** The API key's name. */
  readonly apiKey: string;
  readonly method: string;
  readonly route: string;
  readonly idempotencyKey: string;
}

/** The resource that a request creates, as in the first response. */
export interface ReservedResource {
  readonly id: string;
}

/** The request that used a key before: the same request, with its resource, or a request with another body. */
export type EarlierRequest<R> =
  { readonly kind: 'same'; readonly resource: R } | { readonly kind: 'other-body' };

/**
 * Stores the accepted requests with the resources that they create.
 * @throws RetryableError while Postgres is unavailable
 */
export abstract class ReservationStore {
  abstract find<R extends ReservedResource>(
    scope: ReservationKey,
    body: string,
  ): Promise<EarlierRequest<R> | undefined>;

  /**
   * Reserves the key for this request, in the transaction that creates the resource. Undefined on success; otherwise the
   * earlier request, or `in-flight` while another transaction reserves the key.
   */
  abstract reserve<R extends ReservedResource>(
    tx: Transaction,
    scope: ReservationKey,
    body: string,
    resource: R,
  ): Promise<EarlierRequest<R> | { readonly kind: 'in-flight' } | undefined>;

  /** Returns the resource with this id, as the first response showed it. */
  abstract findResource<R extends ReservedResource>(id: R['id']): Promise<R | undefined>;

  /** Deletes up to `limit` requests accepted before `acceptedBefore`; returns their number. */
  abstract purge(acceptedBefore: Date, limit: number): Promise<number>;
}
