import { Injectable } from '@nestjs/common';
import { type E164, parseE164 } from '@parley/kernel';
import { RetryableError } from '@parley/resilience';
import { type Line, LineStore } from './line-store.js';

/**
 * Our numbers, in memory: a text needs no look-up to find its line. The configured one, those that agents answer, and
 * each that is texted: only signed webhooks get here, so it is one of ours.
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

  /** The line of this number, if it is ours; another process may have learned of it. */
  async find(text: string): Promise<Line | undefined> {
    const number = parseE164(text);
    if (!number) return undefined;
    const line = this.#byNumber.get(number) ?? (await this.store.find(number));
    return line && this.#add(line);
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
