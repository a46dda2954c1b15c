import { Injectable } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import { Database, rows, type Transaction } from '@parley/persistence';
import {
  type EarlierRequest,
  type ReservedResource,
  type ReservationKey,
  ReservationStore,
} from '../reservation-store.js';

/** The purpose of a body's blind index. A plain hash would expose the phone numbers in a body. */
const BODY = 'gateway.reservation.body';

const FIND = `
  SELECT body_index AS "bodyIndex", resource_id AS "resourceId", sealed_resource AS "sealedResource"
  FROM reservation WHERE api_key = $1 AND method = $2 AND route = $3 AND idempotency_key = $4`;

const PURGE = `
  DELETE FROM reservation WHERE resource_id = ANY (ARRAY(
    SELECT resource_id FROM reservation WHERE created_at < $1 ORDER BY created_at LIMIT $2
  )) RETURNING 1`;

const TRY_LOCK = `SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS "isMine"`;

const RESERVE = `
  INSERT INTO reservation (api_key, method, route, idempotency_key, body_index, resource_id, sealed_resource)
  VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (api_key, method, route, idempotency_key) DO NOTHING
  RETURNING 1`;

const FIND_RESOURCE = `
  SELECT resource_id AS "resourceId", sealed_resource AS "sealedResource" FROM reservation WHERE resource_id = $1`;

interface ResourceRow {
  readonly resourceId: string;
  readonly sealedResource: string;
}
interface ReservationRow extends ResourceRow {
  readonly bodyIndex: string;
}

@Injectable()
export class PostgresReservationStore extends ReservationStore {
  constructor(
    private readonly keys: DataKeys,
    private readonly database: Database,
  ) {
    super();
  }

  async find<R extends ReservedResource>(
    scope: ReservationKey,
    body: string,
  ): Promise<EarlierRequest<R> | undefined> {
    const [found] = await this.database.rows<ReservationRow>(FIND, keyOf(scope));
    return found && this.#compare<R>(found, body);
  }

  async reserve<R extends ReservedResource>(
    tx: Transaction,
    scope: ReservationKey,
    body: string,
    resource: R,
  ): Promise<EarlierRequest<R> | { kind: 'in-flight' } | undefined> {
    const key = keyOf(scope);
    const [lock] = await rows<{ isMine: boolean }>(tx, TRY_LOCK, [JSON.stringify(key)]);
    if (!lock!.isMine) return { kind: 'in-flight' };
    const sealed = this.keys.encrypt(JSON.stringify(resource), aadOfResource(resource.id));
    const values = [...key, this.keys.blindIndex(body, BODY), resource.id, sealed];
    if ((await rows(tx, RESERVE, values)).length > 0) return undefined;
    const [found] = await rows<ReservationRow>(tx, FIND, key);
    return this.#compare<R>(found!, body);
  }

  async findResource<R extends ReservedResource>(id: R['id']): Promise<R | undefined> {
    const [found] = await this.database.rows<ResourceRow>(FIND_RESOURCE, [id]);
    return found && this.#open<R>(found);
  }

  async purge(acceptedBefore: Date, limit: number): Promise<number> {
    return (await this.database.rows(PURGE, [acceptedBefore, limit])).length;
  }

  #compare<R>(found: ReservationRow, body: string): EarlierRequest<R> {
    const isSame = this.keys.blindIndexes(body, BODY).includes(found.bodyIndex);
    return isSame ? { kind: 'same', resource: this.#open<R>(found) } : { kind: 'other-body' };
  }

  #open<R>({ resourceId, sealedResource }: ResourceRow): R {
    return JSON.parse(this.keys.decrypt(sealedResource, aadOfResource(resourceId))) as R;
  }
}

function keyOf({ apiKey, method, route, idempotencyKey }: ReservationKey): string[] {
  return [apiKey, method, route, idempotencyKey];
}

function aadOfResource(id: string): string {
  return `gateway.reservation.resource:${id}`;
}
