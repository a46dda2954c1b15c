import { Injectable } from '@nestjs/common';
import { type E164, parseE164 } from '@parley/kernel';
import { RetryableError } from '@parley/messaging';
import { type Line, LineStore } from './line-store.js';

/**
 * Our numbers, in memory: a text needs no look-up to find its line. A number that is texted for the first time
 * becomes a line; only signed webhooks get here, so it is one of ours.
 */
@Injectable()
export class Lines {
  readonly #byNumber = new Map<E164, Line>();
  readonly #numbers = new Set<string>();
  #default: Line | undefined;

  constructor(private readonly store: LineStore) {}

  /** Reads what is stored and makes sure that `number`, the configured one, is among it. */
  async load(number: E164): Promise<void> {
    for (const line of await this.store.all()) this.#add(line);
    this.#default = await this.of(number);
  }

  /** The configured line; undefined until it was loaded. */
  get default(): Line | undefined {
    return this.#default;
  }

  /** The line of this number, as far as it is known. */
  find(number: string): Line | undefined {
    const known = parseE164(number);
    return known && this.#byNumber.get(known);
  }

  async of(number: E164): Promise<Line> {
    return this.#byNumber.get(number) ?? this.#add(await this.store.ensure(number));
  }

  /** The numbers that only we text from. Throws RetryableError until they were loaded: whom else to take them for? */
  get numbers(): ReadonlySet<string> {
    if (!this.#default) throw new RetryableError('our lines are not loaded yet');
    return this.#numbers;
  }

  #add(line: Line): Line {
    this.#byNumber.set(line.number, line);
    this.#numbers.add(line.number);
    return line;
  }
}
