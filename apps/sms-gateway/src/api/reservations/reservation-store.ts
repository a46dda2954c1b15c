import type { Transaction } from '@parley/persistence';

/** The scope of an idempotency key. */
export interface ReservationScope {
  /** The API key's name. */
  readonly apiKey: string;
  readonly method: string;
  readonly route: string;
  readonly idempotencyKey: string;
}

/** A resource that a caller was promised, as it was answered first. */
export interface PromisedResource {
  readonly id: string;
}

/** The request that used a key before: the same one, with its answer, or another one. */
export type EarlierRequest<R> =
  { readonly kind: 'same'; readonly resource: R } | { readonly kind: 'other-body' };

/**
 * The accepted requests with the resources that they make.
 * @throws RetryableError while it is unavailable
 */
export abstract class ReservationStore {
  abstract find<R extends PromisedResource>(
    scope: ReservationScope,
    body: string,
  ): Promise<EarlierRequest<R> | undefined>;

  /**
   * Reserves the key for this request, in the transaction that makes the resource. Undefined on success; otherwise the
   * earlier request, or `in-flight` while another transaction reserves the key.
   */
  abstract reserve<R extends PromisedResource>(
    tx: Transaction,
    scope: ReservationScope,
    body: string,
    resource: R,
  ): Promise<EarlierRequest<R> | { readonly kind: 'in-flight' } | undefined>;

  /** The resource as it was answered first, by its id. */
  abstract promised<R extends PromisedResource>(id: R['id']): Promise<R | undefined>;

  /** Deletes up to `limit` requests that were accepted before; returns how many. */
  abstract purge(acceptedBefore: Date, limit: number): Promise<number>;
}
