import { Injectable } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import type { LineId, MessageId, SendId, ThreadId } from '@parley/kernel';
import { PhoneColumn } from '@parley/persistence';
import { LINE_NUMBER_PURPOSE } from '../../lines/adapters/postgres-line-store.js';
import { THREAD_NUMBER } from '../../threads/adapters/postgres-thread-store.js';
import type { DecryptedSend } from '../send.js';

/** Selects a `SealedSendRow` from `send`, `thread` and `line`. */
export const SEALED_COLUMNS = `send.id, send.message_id AS "messageId", send.thread_id AS "threadId",
    send.sealed_text AS "sealedText", send.valid_until AS "validUntil", thread.sealed_number AS "sealedTo",
    line.id AS "lineId", line.sealed_number AS "sealedFrom",
    send.is_opt_out_confirmation AS "isOptOutConfirmation"`;

export interface SealedSendRow {
  id: SendId;
  readonly messageId: MessageId | null;
  readonly threadId: ThreadId;
  readonly sealedText: string;
  readonly validUntil: Date;
  readonly sealedTo: string;
  readonly lineId: LineId;
  readonly sealedFrom: string;
  readonly isOptOutConfirmation: boolean;
}

/** Encrypts texts of send rows, and decrypts their texts and numbers. */
@Injectable()
export class SendEncryption {
  readonly #person: PhoneColumn;
  readonly #line: PhoneColumn;

  constructor(private readonly keys: DataKeys) {
    this.#person = new PhoneColumn(keys, THREAD_NUMBER);
    this.#line = new PhoneColumn(keys, LINE_NUMBER_PURPOSE);
  }

  decrypt(row: SealedSendRow): DecryptedSend {
    return {
      id: row.id,
      messageId: row.messageId ?? undefined,
      threadId: row.threadId,
      to: this.#person.open(row.sealedTo, row.threadId),
      from: this.#line.open(row.sealedFrom, row.lineId),
      text: this.decryptText(row.id, row.sealedText),
      validUntilMs: row.validUntil.getTime(),
      isOptOutConfirmation: row.isOptOutConfirmation,
    };
  }

  encryptText(id: SendId, text: string): string {
    return this.keys.encrypt(text, aadOfText(id));
  }

  decryptText(id: SendId, sealedText: string): string {
    return this.keys.decrypt(sealedText, aadOfText(id));
  }
}

function aadOfText(id: SendId): string {
  return `gateway.send.text:${id}`;
}
