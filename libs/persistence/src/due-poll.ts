import { WakeableLoop } from '@parley/resilience';
import type { Database } from './database/database.js';
import type { PersistenceTimes } from './persistence-times.js';

/** The shortest pause between two polls, in milliseconds, however much work becomes due. */
const MIN_PAUSE_MS = 20;

/**
 * SQL of a scalar subquery: when the next work is due, as timestamptz, or NULL if no work waits. Its
 * parameters need explicit types.
 */
export interface DueQuery {
  readonly sql: string;
  readonly values: readonly unknown[];
}

export interface PolledWork {
  /** The loop's name in the log. */
  readonly name: string;
  readonly dueAt: () => DueQuery;
  /** How late the work may begin, in milliseconds, so that one step does more work. Default 0. */
  readonly gatherMs?: number;
  /** See `WakeableLoop`. */
  readonly step: () => Promise<number | void>;
}

/**
 * The one poll of a service. It asks with one statement when each kind of work is due, wakes the loops of due
 * work, and sleeps until the next work is due. Wake-ups begin work sooner; after a lost wake-up, work waits
 * for the next poll, `pollMs` in a busy service and up to `pollIdleMs` in an idle one. The poll runs while
 * one of its loops runs.
 */
export class DuePoll {
  readonly #works = new Map<PolledLoop, PolledWork>();
  #looking: WakeableLoop | undefined;
  #timer: NodeJS.Timeout | undefined;
  #nextLookAt = Infinity;
  #pauseMs: number;

  constructor(
    private readonly database: Database,
    private readonly times: Pick<PersistenceTimes, 'pollMs' | 'pollIdleMs'>,
  ) {
    this.#pauseMs = times.pollMs;
  }

  /** Returns a loop that steps when it is woken and when its work is due. */
  loop(work: PolledWork): PolledLoop {
    const loop: PolledLoop = new PolledLoop(work, {
      onStart: () => this.#add(loop, work),
      onStop: () => this.#remove(loop),
      onWork: () => this.#watch(),
    });
    return loop;
  }

  #add(loop: PolledLoop, work: PolledWork): void {
    this.#works.set(loop, work);
    this.#looking ??= new WakeableLoop({ name: DuePoll.name, step: () => this.#look() });
    this.#watch();
    this.#looking.start();
  }

  async #remove(loop: PolledLoop): Promise<void> {
    this.#works.delete(loop);
    if (this.#works.size > 0) return;
    clearTimeout(this.#timer);
    this.#nextLookAt = Infinity;
    const looking = this.#looking;
    this.#looking = undefined;
    await looking?.stop();
  }

  /** Polls soon, because there was work and more may be due soon. */
  #watch(): void {
    this.#pauseMs = this.times.pollMs;
    this.#lookIn(this.times.pollMs);
  }

  #lookIn(ms: number): void {
    const at = performance.now() + ms;
    if (at >= this.#nextLookAt || this.#works.size === 0) return;
    clearTimeout(this.#timer);
    this.#nextLookAt = at;
    this.#timer = setTimeout(() => this.#looking?.wake(), ms);
  }

  async #look(): Promise<void> {
    const works = [...this.#works];
    if (works.length === 0) return;
    // This poll replaces the planned one. Another follows at once only if a loop asks for it meanwhile.
    clearTimeout(this.#timer);
    this.#nextLookAt = Infinity;
    const dueInMs = await this.#ask(works.map(([, work]) => work.dueAt()));
    let pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(2 * pauseMs, this.times.pollIdleMs);
    for (const [index, [loop, { gatherMs = 0 }]] of works.entries()) {
      const inMs = dueInMs[index];
      if (inMs === null || inMs === undefined) continue;
      if (inMs + gatherMs <= 0) loop.wakeAsDue();
      else pauseMs = Math.min(pauseMs, Math.ceil(inMs + gatherMs));
    }
    this.#lookIn(Math.max(pauseMs, MIN_PAUSE_MS));
  }

  /** Returns in how many milliseconds each work is due, by the database's clock. */
  async #ask(queries: readonly DueQuery[]): Promise<(number | null)[]> {
    const values: unknown[] = [];
    const columns = queries.map(({ sql, values: own }) => {
      const numbered = sql.replaceAll(/\$(\d+)/g, (_, no) => `$${Number(no) + values.length}`);
      values.push(...own);
      return `(extract(epoch FROM (${numbered}) - clock_timestamp()) * 1000)::float8`;
    });
    const [row] = await this.database.rows<{ due: (number | null)[] }>(
      `SELECT ARRAY[${columns.join(',\n')}] AS due`,
      values,
    );
    return row!.due;
  }
}

interface PolledLoopEvents {
  readonly onStart: () => void;
  readonly onStop: () => Promise<void>;
  readonly onWork: () => void;
}

/** A `WakeableLoop` that a `DuePoll` wakes. */
export class PolledLoop {
  readonly #loop: WakeableLoop;
  #isWoken = false;

  constructor(
    { name, step }: PolledWork,
    private readonly events: PolledLoopEvents,
  ) {
    const stepped = async (): Promise<number | void> => {
      const isWoken = this.#isWoken;
      this.#isWoken = false;
      const pauseMs = await step();
      if (isWoken) events.onWork();
      return pauseMs;
    };
    this.#loop = new WakeableLoop({ name, step: stepped });
  }

  start(): void {
    this.#loop.start();
    this.events.onStart();
  }

  /** Makes the next step begin now or, if a step is running, right after it. */
  wake(): void {
    this.#isWoken = true;
    this.#loop.wake();
  }

  /**
   * Wakes the loop because the poll found due work. Work that stays due after a step does not shorten the
   * poll's pauses.
   */
  wakeAsDue(): void {
    this.#loop.wake();
  }

  /** Makes the poll ask within `pollMs`, because finished work may make more work due. */
  watch(): void {
    this.events.onWork();
  }

  /** Stops the loop. Resolves when the running step has ended. */
  async stop(): Promise<void> {
    await this.#loop.stop();
    await this.events.onStop();
  }
}
