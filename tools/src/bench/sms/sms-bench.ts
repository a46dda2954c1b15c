import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LoadGenerator } from '../load/load-generator.js';
import { percentile } from '../percentiles.js';
import { SmsTestbed } from './testbed.js';
import { type MeasuredSystem, type CpuMs, cpuTimesOf, cpuUsedSince } from './measured-system.js';
import type { SmsBenchOptions } from './options.js';
import { measureSystem, type SmsMeasurement } from './measurement.js';

const WARM_UP_RATE = 50;
const MIN_WARM_UP_MS = 5_000;
const IDLE_MS = 5_000;

export interface SmsBenchResult {
  answered: SmsMeasurement[];
  ackOnly: SmsMeasurement[];
  /** CPU time per second without load. */
  idlePerS: CpuMs;
}

/** Runs all measurements. After an abort it finishes only the measurement in progress. */
export async function runSmsBench(
  options: SmsBenchOptions,
  log: (line: string) => void,
  aborted: AbortSignal,
): Promise<SmsBenchResult> {
  log('Starting Postgres, NATS, the simulator, Parley and the bare programs …');
  const testbed = await SmsTestbed.start(options.profileDir && resolve(options.profileDir));
  const generator = new LoadGenerator();
  try {
    const run = new Run(testbed, generator, options, log, aborted);
    return await run.all();
  } catch (error) {
    if (!aborted.aborted) log(testbed.recentLog);
    throw error;
  } finally {
    generator.stop();
    await testbed.stop();
  }
}

class Run {
  #nextText = 0;

  constructor(
    private readonly testbed: SmsTestbed,
    private readonly generator: LoadGenerator,
    private readonly options: SmsBenchOptions,
    private readonly log: (line: string) => void,
    private readonly aborted: AbortSignal,
  ) {}

  async all(): Promise<SmsBenchResult> {
    const { insert, relay, parley } = this.testbed;
    const { levels, ackLevel } = this.options;
    await this.#warmUp([insert, relay, parley]);
    const idlePerS = await this.#idle();
    const answered = await this.#rounds([insert, relay, parley], levels);
    if (ackLevel === 0) return { answered, ackOnly: [], idlePerS };
    const gatewayOnly = await this.testbed.stopOrchestrator();
    return { answered, ackOnly: await this.#rounds([insert, gatewayOnly], [ackLevel]), idlePerS };
  }

  /** Lets every person text once, so that the measurements contain no new contacts. */
  async #warmUp(systems: readonly MeasuredSystem[]): Promise<void> {
    const { people } = this.options;
    const durationMs = Math.max(MIN_WARM_UP_MS, (people / WARM_UP_RATE) * 1_000);
    this.log(`Warming up, ${Math.round((durationMs * systems.length) / 1_000)} s …`);
    for (const system of systems) {
      const { failed, unanswered } = await this.#measure(system, WARM_UP_RATE, durationMs);
      if (failed > 0 || unanswered) {
        throw new Error(`${system.name}: ${failed} webhooks failed and ${unanswered} texts have no answer.`);
      }
    }
  }

  async #idle(): Promise<CpuMs> {
    const before = cpuTimesOf(this.testbed.parley, this.testbed.servers);
    await delay(IDLE_MS);
    const { services, postgres, nats } = cpuUsedSince(
      before,
      cpuTimesOf(this.testbed.parley, this.testbed.servers),
    );
    const seconds = IDLE_MS / 1_000;
    return { services: services / seconds, postgres: postgres / seconds, nats: nats / seconds };
  }

  async #rounds(systems: readonly MeasuredSystem[], levels: readonly number[]): Promise<SmsMeasurement[]> {
    const measurements: SmsMeasurement[] = [];
    const { rounds, seconds } = this.options;
    for (let round = 1; round <= rounds; round++) {
      for (const ratePerS of levels) {
        for (const system of systems) {
          const measurement = await this.#measure(system, ratePerS, seconds * 1_000);
          this.log(`round ${round}/${rounds}  ${progressLine(measurement)}`);
          measurements.push(measurement);
        }
      }
    }
    return measurements;
  }

  async #measure(system: MeasuredSystem, ratePerS: number, durationMs: number): Promise<SmsMeasurement> {
    this.aborted.throwIfAborted();
    const { people } = this.options;
    const load = { ratePerS, durationMs, people, firstText: this.#nextText };
    const measurement = await measureSystem(this.testbed, this.generator, system, load);
    // Text numbers continue from system to system, so that nobody texts twice in quick succession.
    this.#nextText += measurement.texts;
    return measurement;
  }
}

function progressLine({
  system,
  ratePerS,
  texts,
  ackMs,
  cpu,
  failed,
  unanswered,
  isLate,
}: SmsMeasurement): string {
  const ms = (value: number) => `${value.toFixed(2)} ms`;
  return [
    `${String(ratePerS).padStart(4)}/s  ${system.padEnd(6)}`,
    `ack p50 ${ms(percentile(ackMs, 0.5))}, p99 ${ms(percentile(ackMs, 0.99))}`,
    `CPU per text ${ms(cpu.services / texts)}`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(unanswered ? [`${unanswered} without an answer`] : []),
    ...(isLate ? ['void: the generator was late'] : []),
  ].join(', ');
}
