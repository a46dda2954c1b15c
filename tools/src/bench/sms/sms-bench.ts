import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LoadGenerator } from '../load/load-generator.js';
import { percentile } from '../percentiles.js';
import { Arena } from './arena.js';
import { type Contender, type CpuMs, cpuOf, usedSince } from './contender.js';
import type { SmsBenchOptions } from './options.js';
import { measureSlice, type Slice } from './slice.js';

const WARM_UP_RATE = 50;
const MIN_WARM_UP_MS = 5_000;
const IDLE_MS = 5_000;

export interface SmsBenchResult {
  answered: Slice[];
  ackOnly: Slice[];
  /** CPU per second of Parley, Postgres and NATS while nobody texts. */
  idlePerS: CpuMs;
}

/** Runs all levels and rounds. `aborted` ends it after the slice under way. */
export async function runSmsBench(
  options: SmsBenchOptions,
  say: (line: string) => void,
  aborted: AbortSignal,
): Promise<SmsBenchResult> {
  say('Starting Postgres, NATS, the simulator, Parley and the bare programs …');
  const arena = await Arena.start(options.profileDir && resolve(options.profileDir));
  const generator = new LoadGenerator();
  try {
    const run = new Run(arena, generator, options, say, aborted);
    return await run.all();
  } catch (error) {
    if (!aborted.aborted) say(arena.lastWords);
    throw error;
  } finally {
    generator.stop();
    await arena.stop();
  }
}

class Run {
  #nextText = 0;

  constructor(
    private readonly arena: Arena,
    private readonly generator: LoadGenerator,
    private readonly options: SmsBenchOptions,
    private readonly say: (line: string) => void,
    private readonly aborted: AbortSignal,
  ) {}

  async all(): Promise<SmsBenchResult> {
    const { insert, relay, parley } = this.arena;
    const { levels, ackLevel } = this.options;
    await this.#warmUp([insert, relay, parley]);
    const idlePerS = await this.#idle();
    const answered = await this.#rounds([insert, relay, parley], levels);
    if (ackLevel === 0) return { answered, ackOnly: [], idlePerS };
    const taker = await this.arena.withoutAnswers();
    return { answered, ackOnly: await this.#rounds([insert, taker], [ackLevel]), idlePerS };
  }

  /** Every person has texted Parley once, so that what is measured are texts of known people. */
  async #warmUp(contenders: readonly Contender[]): Promise<void> {
    const { people } = this.options;
    const durationMs = Math.max(MIN_WARM_UP_MS, (people / WARM_UP_RATE) * 1_000);
    this.say(`Warming up, ${Math.round((durationMs * contenders.length) / 1_000)} s …`);
    for (const contender of contenders) {
      const { failed, unanswered } = await this.#measure(contender, WARM_UP_RATE, durationMs);
      if (failed > 0 || unanswered) {
        throw new Error(
          `${contender.name}: ${failed} webhooks failed and ${unanswered} texts have no answer.`,
        );
      }
    }
  }

  async #idle(): Promise<CpuMs> {
    const before = cpuOf(this.arena.parley, this.arena.servers);
    await delay(IDLE_MS);
    const { services, postgres, nats } = usedSince(before, cpuOf(this.arena.parley, this.arena.servers));
    const seconds = IDLE_MS / 1_000;
    return { services: services / seconds, postgres: postgres / seconds, nats: nats / seconds };
  }

  async #rounds(contenders: readonly Contender[], levels: readonly number[]): Promise<Slice[]> {
    const slices: Slice[] = [];
    const { rounds, seconds } = this.options;
    for (let round = 1; round <= rounds; round++) {
      for (const ratePerS of levels) {
        for (const contender of contenders) {
          const slice = await this.#measure(contender, ratePerS, seconds * 1_000);
          this.say(`round ${round}/${rounds}  ${described(slice)}`);
          slices.push(slice);
        }
      }
    }
    return slices;
  }

  async #measure(contender: Contender, ratePerS: number, durationMs: number): Promise<Slice> {
    this.aborted.throwIfAborted();
    const { people } = this.options;
    const order = { ratePerS, durationMs, people, firstText: this.#nextText };
    const slice = await measureSlice(this.arena, this.generator, contender, order);
    // On to the next person, whoever is measured: nobody texts twice in quick succession.
    this.#nextText += slice.texts;
    return slice;
  }
}

function described({ contender, ratePerS, texts, ackMs, cpu, failed, unanswered, isLate }: Slice): string {
  const ms = (value: number) => `${value.toFixed(2)} ms`;
  return [
    `${String(ratePerS).padStart(4)}/s  ${contender.padEnd(6)}`,
    `ack p50 ${ms(percentile(ackMs, 0.5))}, p99 ${ms(percentile(ackMs, 0.99))}`,
    `CPU per text ${ms(cpu.services / texts)}`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(unanswered ? [`${unanswered} without an answer`] : []),
    ...(isLate ? ['void: the generator was late'] : []),
  ].join(', ');
}
