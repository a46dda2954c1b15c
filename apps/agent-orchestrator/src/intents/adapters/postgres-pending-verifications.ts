import type { DataKeys } from '@parley/encryption';
import {
  type E164,
  type IdentityId,
  type MessageId,
  parseE164,
  type ThreadId,
  type VerificationId,
} from '@parley/kernel';
import { Database } from '@parley/persistence';
import type { Identity, IdentityKind } from '../../channels/channel.js';
import { IdentityColumn } from '../../conversations/adapters/address-columns.js';
import { IS_LINK_IDLE, joinLink } from '../../conversations/adapters/identity-links.js';
import { TypedCodeColumn } from '../../conversations/adapters/typed-code-column.js';
import type { IntentPerson, PendingVerification } from '../intent-scene.js';
import { PendingVerifications } from '../pending-verifications.js';

const NUMBER = 'orchestrator.pending_verification.number';

export class PostgresPendingVerifications extends PendingVerifications {
  readonly #people: IdentityColumn;
  readonly #codes: TypedCodeColumn;

  constructor(
    private readonly database: Database,
    private readonly keys: DataKeys,
  ) {
    super();
    this.#people = new IdentityColumn(keys);
    this.#codes = new TypedCodeColumn(keys);
  }

  override async personOn(threadId: ThreadId): Promise<IntentPerson | undefined> {
    const [found] = await this.database.rows<PersonRow>(
      `SELECT identity.id AS "identityId", identity.kind, identity.phone_sealed AS sealed,
              coalesce(link.via = 'verification' AND NOT ${IS_LINK_IDLE}, false) AS "isVerified",
              pending.id AS "verificationId", pending.number_sealed AS "sealedNumber", pending.purpose,
              pending.expires_at AS "expiresAt"
       FROM thread JOIN identity ON identity.id = thread.identity_id ${joinLink('identity.id')}
       LEFT JOIN LATERAL (
         SELECT * FROM pending_verification
         WHERE identity_id = identity.id AND expires_at > clock_timestamp() ORDER BY expires_at DESC LIMIT 1
       ) AS pending ON true
       WHERE thread.id = $1`,
      [threadId],
    );
    if (!found) return undefined;
    const { identityId, kind, sealed, isVerified } = found;
    return {
      identityId,
      identity: this.#people.open(kind, sealed, identityId),
      isVerified,
      pending: this.#pendingOf(found),
    };
  }

  override async find(identity: Identity): Promise<IdentityId | undefined> {
    const [found] = await this.database.rows<{ id: IdentityId }>(
      'SELECT id FROM identity WHERE kind = $2 AND phone_index = ANY($1) ORDER BY id LIMIT 1',
      [this.#people.indexes(identity), identity.kind],
    );
    return found?.id;
  }

  override async add(pending: PendingVerification): Promise<void> {
    const { verificationId, identityId, number, purpose, expiresAt } = pending;
    const phone = { kind: 'phone', value: number } as const;
    await this.database.rows(
      `WITH expired AS (DELETE FROM pending_verification WHERE expires_at < clock_timestamp()),
            unused AS (DELETE FROM typed_code WHERE expires_at < clock_timestamp())
       INSERT INTO pending_verification (id, identity_id, number_sealed, number_index, purpose, expires_at)
       VALUES ($1, $2, $3, coalesce(
         (SELECT phone_index FROM identity WHERE kind = 'phone' AND phone_index = ANY($4) LIMIT 1), $5), $6, $7)
       ON CONFLICT (id) DO UPDATE SET expires_at = greatest(pending_verification.expires_at, excluded.expires_at)`,
      [
        verificationId,
        identityId,
        this.keys.encrypt(number, `${NUMBER}:${verificationId}`),
        this.#people.indexes(phone),
        this.#people.seal(phone, verificationId).index,
        purpose,
        expiresAt,
      ],
    );
  }

  override async remove(verificationId: VerificationId): Promise<void> {
    await this.database.rows('DELETE FROM pending_verification WHERE id = $1', [verificationId]);
  }

  override async codeOf(messageId: MessageId): Promise<string | undefined> {
    const [found] = await this.database.rows<{ sealed: string }>(
      'SELECT code_sealed AS sealed FROM typed_code WHERE message_id = $1',
      [messageId],
    );
    return found && this.#codes.open(found.sealed, messageId);
  }

  #pendingOf(row: PersonRow): PendingVerification | undefined {
    const { identityId, verificationId, sealedNumber, purpose, expiresAt } = row;
    if (!verificationId || !sealedNumber || !purpose || !expiresAt) return undefined;
    const number = parseE164(this.keys.decrypt(sealedNumber, `${NUMBER}:${verificationId}`)) as E164;
    return { verificationId, identityId, number, purpose, expiresAt };
  }
}

interface PersonRow {
  readonly identityId: IdentityId;
  readonly kind: IdentityKind;
  readonly sealed: string;
  readonly isVerified: boolean;
  readonly verificationId: VerificationId | null;
  readonly sealedNumber: string | null;
  readonly purpose: string | null;
  readonly expiresAt: Date | null;
}
