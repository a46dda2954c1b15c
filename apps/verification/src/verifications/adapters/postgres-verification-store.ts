import { Injectable } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import type { ConversationId, VerificationId } from '@parley/kernel';
import { Database, type DueQuery, PhoneColumn, rows, type Transaction } from '@parley/persistence';
import type { CheckRecord, CodeChannel } from '@parley/verification-policy';
import type { Failure, Status, Subject, Verification } from '../verification.js';
import {
  type CheckLimits,
  type NewCode,
  type NewVerification,
  type TypedCode,
  VerificationStore,
} from '../verification-store.js';
import { CHECK, COLUMNS } from './check-statement.js';
import { CodeDigests } from './code-digests.js';

/** The sealed and indexed field of a number. */
const NUMBER = 'verification.verification.number';

/** SQL: the changes of a verification that ends. Codes of an ended verification are not stored. */
const ENDED = 'ended_at = clock_timestamp(), code_index = NULL, earlier_code_index = NULL';

interface VerificationRow {
  id: VerificationId;
  readonly status: Status;
  readonly failure: Failure | null;
  readonly purpose: string;
  readonly subjectKind: Subject['kind'];
  readonly subjectId: string;
  readonly sealedNumber: string;
  readonly conversationId: ConversationId | null;
  readonly channel: CodeChannel;
  readonly codeNo: number;
  readonly codeExpiresAt: Date;
  readonly checks: number;
  readonly createdAt: Date;
  readonly approvedAt: Date | null;
}

interface CheckedRow extends VerificationRow {
  readonly isCounted: boolean;
  readonly isMatch: boolean;
  readonly isDayUsedUp: boolean;
}

@Injectable()
export class PostgresVerificationStore extends VerificationStore {
  readonly #number: PhoneColumn;
  readonly #digests: CodeDigests;

  constructor(
    keys: DataKeys,
    private readonly database: Database,
  ) {
    super();
    this.#number = new PhoneColumn(keys, NUMBER);
    this.#digests = new CodeDigests(keys);
  }

  async find(id: VerificationId): Promise<Verification | undefined> {
    const found = await this.database.rows<VerificationRow>(
      `SELECT ${COLUMNS} FROM verification WHERE id = $1`,
      [id],
    );
    return this.#first(found);
  }

  async lock(tx: Transaction, id: VerificationId, subject?: Subject): Promise<Verification | undefined> {
    const found = await rows<VerificationRow>(
      tx,
      `SELECT ${COLUMNS} FROM verification
       WHERE id = $1 AND ($2::text IS NULL OR subject_kind = $2 AND subject_id = $3) FOR UPDATE`,
      [id, subject?.kind ?? null, subject?.id ?? null],
    );
    return this.#first(found);
  }

  async lockPending(
    tx: Transaction,
    { number, subject, purpose }: Pick<NewVerification, 'number' | 'subject' | 'purpose'>,
  ): Promise<Verification | undefined> {
    const found = await rows<VerificationRow>(
      tx,
      `SELECT ${COLUMNS} FROM verification
       WHERE status = 'pending' AND number_index = ANY($1) AND subject_kind = $2 AND subject_id = $3 AND purpose = $4
       ORDER BY id LIMIT 1 FOR UPDATE`,
      [this.#number.indexes(number), subject.kind, subject.id, purpose],
    );
    return this.#first(found);
  }

  async add(tx: Transaction, wanted: NewVerification, code: NewCode): Promise<Verification> {
    const { id, number, subject, purpose, conversationId } = wanted;
    const { sealed, index } = this.#number.seal(number, id);
    const added = await rows<VerificationRow>(
      tx,
      `INSERT INTO verification (id, purpose, subject_kind, subject_id, sealed_number, number_index,
         conversation_id, channel, code_no, code_index, code_expires_at, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10, $11)
       RETURNING ${COLUMNS}`,
      [
        id,
        purpose,
        subject.kind,
        subject.id,
        sealed,
        index,
        conversationId ?? null,
        code.channel,
        this.#digests.of({ id, subject, purpose, code: code.code }),
        new Date(code.expiresAtMs),
        new Date(code.sentAtMs),
      ],
    );
    return this.#first(added)!;
  }

  async addCode(
    tx: Transaction,
    { id, subject, purpose }: Verification,
    code: NewCode,
  ): Promise<Verification> {
    const changed = await rows<VerificationRow>(
      tx,
      `UPDATE verification SET code_no = code_no + 1, channel = $2,
         earlier_code_index = code_index, earlier_code_expires_at = code_expires_at,
         code_index = $3, code_expires_at = $4
       WHERE id = $1 AND status = 'pending'
       RETURNING ${COLUMNS}`,
      [
        id,
        code.channel,
        this.#digests.of({ id, subject, purpose, code: code.code }),
        new Date(code.expiresAtMs),
      ],
    );
    const verification = this.#first(changed);
    if (!verification) throw new Error(`Verification ${id} is not pending`);
    return verification;
  }

  async check(
    tx: Transaction,
    typed: TypedCode,
    { maxChecks, maxChecksPerDay }: CheckLimits,
  ): Promise<{ record: CheckRecord; verification: Verification | undefined }> {
    const { id, subject, purpose } = typed;
    const [row] = await rows<CheckedRow>(tx, CHECK, [
      id,
      subject.kind,
      subject.id,
      purpose,
      this.#digests.candidates(typed),
      maxChecks,
      maxChecksPerDay,
    ]);
    return {
      record: {
        isKnown: row !== undefined,
        isCounted: row?.isCounted === true,
        isMatch: row?.isMatch === true,
        isDayUsedUp: row?.isDayUsedUp === true,
      },
      verification: row && this.#verificationOf(row),
    };
  }

  async markSent(tx: Transaction, id: VerificationId, codeNo: number): Promise<Verification | undefined> {
    const marked = await rows<VerificationRow>(
      tx,
      `UPDATE verification SET sent_code_no = $2
       WHERE id = $1 AND sent_code_no < $2 AND code_no >= $2 RETURNING ${COLUMNS}`,
      [id, codeNo],
    );
    return this.#first(marked);
  }

  async end(
    tx: Transaction,
    id: VerificationId,
    failure: Failure | 'expired',
  ): Promise<Verification | undefined> {
    const ended = await rows<VerificationRow>(
      tx,
      `UPDATE verification SET status = $2, failure = $3, ${ENDED}
       WHERE id = $1 AND status = 'pending' RETURNING ${COLUMNS}`,
      failure === 'expired' ? [id, 'expired', null] : [id, 'failed', failure],
    );
    return this.#first(ended);
  }

  async endExpired(tx: Transaction, limit: number): Promise<Verification[]> {
    const ended = await rows<VerificationRow>(
      tx,
      `WITH due AS MATERIALIZED (
         SELECT id FROM verification WHERE status = 'pending' AND code_expires_at <= statement_timestamp()
         ORDER BY code_expires_at LIMIT $1 FOR UPDATE SKIP LOCKED
       )
       UPDATE verification SET status = 'expired', ${ENDED}
       WHERE id = ANY (ARRAY(SELECT id FROM due)) AND status = 'pending'
         AND code_expires_at <= clock_timestamp()
       RETURNING ${COLUMNS}`,
      [limit],
    );
    return ended.map((row) => this.#verificationOf(row));
  }

  expiryDueAt(): DueQuery {
    return { sql: `SELECT min(code_expires_at) FROM verification WHERE status = 'pending'`, values: [] };
  }

  async purge(endedBeforeMs: number, limit: number): Promise<number> {
    const deleted = await this.database.rows(
      `DELETE FROM verification WHERE id = ANY (ARRAY(
         SELECT id FROM verification WHERE ended_at < $1 LIMIT $2)) RETURNING 1`,
      [new Date(endedBeforeMs), limit],
    );
    return deleted.length;
  }

  #first([row]: readonly VerificationRow[]): Verification | undefined {
    return row && this.#verificationOf(row);
  }

  #verificationOf(row: VerificationRow): Verification {
    return {
      id: row.id,
      status: row.status,
      failure: row.failure ?? undefined,
      purpose: row.purpose,
      subject: { kind: row.subjectKind, id: row.subjectId },
      number: this.#number.open(row.sealedNumber, row.id),
      conversationId: row.conversationId ?? undefined,
      channel: row.channel,
      codeNo: row.codeNo,
      expiresAtMs: row.codeExpiresAt.getTime(),
      checks: row.checks,
      createdAtMs: row.createdAt.getTime(),
      approvedAtMs: row.approvedAt?.getTime(),
    };
  }
}
