import type { DataKeys } from '@parley/encryption';
import { type E164, parseE164 } from '@parley/kernel';

/** A number as two columns: the sealed number itself, and a keyed digest to find it by. */
export interface SealedNumber {
  sealed: string;
  index: string;
}

/** Phone numbers of one column, which Postgres never sees in clear. */
export class PhoneColumn {
  /** @param place `<schema>.<table>.<column>`: a number sealed for one place opens in no other */
  constructor(
    private readonly keys: DataKeys,
    private readonly place: string,
  ) {}

  /** For writing the row of this id. */
  seal(number: E164, rowId: string): SealedNumber {
    return {
      sealed: this.keys.encrypt(number, this.#associatedData(rowId)),
      index: this.keys.blindIndex(number, this.place),
    };
  }

  /** @throws UnknownDataKeyError | DecryptionFailedError */
  open(sealed: string, rowId: string): E164 {
    const number = parseE164(this.keys.decrypt(sealed, this.#associatedData(rowId)));
    if (number === undefined) throw new TypeError(`What is sealed in ${this.place} is not a phone number`);
    return number;
  }

  /**
   * For finding rows: `WHERE <index column> = ANY($1)`, so that those written under an older key are found too. A
   * unique index cannot see that two indexes are of one number: look first, then insert.
   */
  indexes(number: E164): string[] {
    return this.keys.blindIndexes(number, this.place);
  }

  #associatedData(rowId: string): string {
    return `${this.place}:${rowId}`;
  }
}
