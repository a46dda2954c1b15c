import { Injectable } from '@nestjs/common';
import { type E164, parseE164 } from '@parley/kernel';
import { RetryableError } from '@parley/resilience';
import { type Line, LineStore } from './line-store.js';

/**
 * Holds our lines in memory, so that a text needs no query to find its line: the configured number, the agents' numbers, and
 * every number to which Twilio posts a signed text.
 */
@Injectable()
export class Lines {
  readonly #byNumber = new Map<E164, Line>();
  readonly #numbers = new Set<string>();
  #default: Line | undefined;

  constructor(private readonly store: LineStore) {}

  /** Loads the stored lines and adds `number`, the configured one, if it is new. */
  async load(number: E164): Promise<void> {
    for (const line of await this.store.all()) this.#add(line);
    this.#default = await this.ensure(number);
  }

  /** The configured line; undefined until the lines are loaded. */
  get default(): Line | undefined {
    return this.#default;
  }

  /** The line of this number, even if another process stored it; undefined if the number is not ours. */
  async find(text: string): Promise<Line | undefined> {
    const number = parseE164(text);
    if (!number) return undefined;
    const line = this.#byNumber.get(number) ?? (await this.store.find(number));
    return line && this.#add(line);
  }

  async ensure(number: E164): Promise<Line> {
    return this.#byNumber.get(number) ?? this.#add(await this.store.ensure(number));
  }

  /**
   * All our numbers.
   * @throws RetryableError until they are loaded, because a text from one of our numbers would look like a person's
   */
  get numbers(): ReadonlySet<string> {
    if (!this.#default) throw new RetryableError('The lines are not loaded from Postgres yet; try again');
    return this.#numbers;
  }

  #add(line: Line): Line {
    this.#byNumber.set(line.number, line);
    this.#numbers.add(line.number);
    return line;
  }
}
