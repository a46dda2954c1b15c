import type { DataKeys } from '@parley/encryption';
import { type E164, parseE164 } from '@parley/kernel';

/** A phone number as two columns: the sealed number, and its blind index. */
export interface SealedNumber {
  readonly sealed: string;
  readonly index: string;
}

/** Seals, opens and indexes the phone numbers of one column. Postgres never sees them in clear. */
export class PhoneColumn {
  /**
   * @param column `<schema>.<table>.<column>`; a number that was sealed for one column cannot be opened in another
   */
  constructor(
    private readonly keys: DataKeys,
    private readonly column: string,
  ) {}

  /** Seals a number for the row with this id. */
  seal(number: E164, rowId: string): SealedNumber {
    return {
      sealed: this.keys.encrypt(number, this.#associatedData(rowId)),
      index: this.keys.blindIndex(number, this.column),
    };
  }

  /** @throws UnknownDataKeyError | DecryptionFailedError */
  open(sealed: string, rowId: string): E164 {
    const number = parseE164(this.keys.decrypt(sealed, this.#associatedData(rowId)));
    if (number === undefined) throw new TypeError(`The value sealed in ${this.column} is not a phone number`);
    return number;
  }

  /**
   * Returns the indexes by which to find a number: `WHERE <index column> = ANY($1)` also finds rows that were
   * written under an older key. A unique index does not see that two indexes belong to one number, so look
   * before you insert.
   */
  indexes(number: E164): string[] {
    return this.keys.blindIndexes(number, this.column);
  }

  #associatedData(rowId: string): string {
    return `${this.column}:${rowId}`;
  }
}
