import { resolve } from 'node:path';
import { percentile } from '../percentiles.js';
import { VoiceTestbed } from './testbed.js';
import type { MeasuredProgram, ProgramName } from './measured-program.js';
import { chooseCores } from './cores.js';
import type { VoiceBenchOptions } from './options.js';
import { measureProgram, type VoiceMeasurement } from './measurement.js';
import { NO_DELAYS, PUBLISHED_DELAYS } from './stage/stage-messages.js';

/** The warm-up runs at the highest load, so that the measured code is optimised. */
const WARM_UP_MS = 4_000;

export interface VoiceBenchResult {
  measurements: VoiceMeasurement[];
  /** Whether the measured programs had their own core. */
  isPinned: boolean;
  /** The lowest memory in use without calls. */
  idleRssBytes: Record<ProgramName, number>;
}

/** Runs all measurements. After an abort it finishes only the measurement in progress. */
export async function runVoiceBench(
  options: VoiceBenchOptions,
  log: (line: string) => void,
  aborted: AbortSignal,
): Promise<VoiceBenchResult> {
  log('Starting Postgres, NATS, voice-bridge, the bare relay and the stage …');
  const cores = options.pins ? chooseCores() : undefined;
  if (options.pins && !cores) {
    log('Programs and stage share all cores, because there is no second core or no taskset (util-linux).');
  }
  const { profileDir, durable, system } = options;
  const testbed = await VoiceTestbed.start({
    cores,
    profileDir: profileDir && resolve(profileDir),
    durable,
    system,
  });
  try {
    const programs = options.programs.map((name) => testbed[name]);
    const run = new Run(testbed, programs, options, log, aborted);
    await run.warmUp();
    const measurements = await run.all();
    return { measurements, isPinned: cores !== undefined, idleRssBytes: run.idleRssBytes };
  } catch (error) {
    if (!aborted.aborted) log(testbed.recentLog);
    throw error;
  } finally {
    await testbed.stop();
  }
}

class Run {
  readonly idleRssBytes: Record<ProgramName, number> = { relay: Infinity, parley: Infinity };

  constructor(
    private readonly testbed: VoiceTestbed,
    private readonly programs: readonly MeasuredProgram[],
    private readonly options: VoiceBenchOptions,
    private readonly log: (line: string) => void,
    private readonly aborted: AbortSignal,
  ) {}

  async warmUp(): Promise<void> {
    if (!this.options.warmsUp) return;
    for (const program of this.programs) {
      await this.#measure(program, Math.max(...this.options.levels), WARM_UP_MS, false);
    }
  }

  async all(): Promise<VoiceMeasurement[]> {
    const { rounds, levels, seconds, vendorDelays } = this.options;
    const measurements: VoiceMeasurement[] = [];
    const loads = levels.map((calls) => ({ calls, delayed: false }));
    const most = Math.max(...levels);
    for (let round = 1; round <= rounds; round++) {
      const delayed = vendorDelays && round === rounds ? [{ calls: most, delayed: true }] : [];
      for (const load of [...loads, ...delayed]) {
        for (const program of this.programs) {
          const measurement = await this.#measure(program, load.calls, seconds * 1_000, load.delayed);
          this.log(`round ${round}/${rounds}  ${progressLine(measurement)}`);
          measurements.push(measurement);
        }
      }
    }
    return measurements;
  }

  async #measure(
    program: MeasuredProgram,
    calls: number,
    windowMs: number,
    hasVendorDelays: boolean,
  ): Promise<VoiceMeasurement> {
    this.aborted.throwIfAborted();
    const { name, probe } = program;
    const { rssBytes } = await probe.end();
    this.idleRssBytes[name] = Math.min(this.idleRssBytes[name], rssBytes);
    const delays = hasVendorDelays ? PUBLISHED_DELAYS : NO_DELAYS;
    return measureProgram(this.testbed.stage, program, { calls, windowMs, delays, hasVendorDelays });
  }
}

function progressLine(measurement: VoiceMeasurement): string {
  const ms = (value: number) => `${value.toFixed(2)} ms`;
  const { words } = measurement;
  const delays = measurement.hasVendorDelays ? ' (vendor latencies)' : '';
  return [
    `${String(measurement.calls).padStart(4)} calls  ${measurement.program.padEnd(6)}${delays}`,
    `own p50 ${ms(percentile(measurement.ownMs, 0.5))}, p99 ${ms(percentile(measurement.ownMs, 0.99))}`,
    `frame to recogniser p50 ${ms(percentile(measurement.frameMs, 0.5))}`,
    `CPU ${ms(measurement.cpuMsPerCallSecond)} per call-second`,
    `${measurement.turns} turns`,
    `stage ${Math.round(measurement.stageCpuShare * 100)} %`,
    ...(words.spokenWrong + words.heardWrong > 0
      ? [`${words.spokenWrong} + ${words.heardWrong} wrong words: ${measurement.problems.join('; ')}`]
      : []),
    ...(measurement.isLate ? [`void: the stage was late, p99 ${ms(measurement.latenessP99Ms)}`] : []),
  ].join(', ');
}
