import { resolve } from 'node:path';
import { percentile } from '../percentiles.js';
import { Arena } from './arena.js';
import type { Contender, ContenderName } from './contender.js';
import { chooseCores } from './cores.js';
import type { VoiceBenchOptions } from './options.js';
import { measureSlice, type Slice } from './slice.js';
import { NO_DELAYS, PUBLISHED_DELAYS } from './stage/orders.js';

/** At the highest level: what is measured is code that the engine has seen often. */
const WARM_UP_MS = 4_000;

export interface VoiceBenchResult {
  slices: Slice[];
  /** Whether the measured programs had a core of their own. */
  isPinned: boolean;
  /** The least memory without a call. */
  idleRssBytes: Record<ContenderName, number>;
}

/** Runs all levels and rounds. `aborted` ends it after the slice under way. */
export async function runVoiceBench(
  options: VoiceBenchOptions,
  say: (line: string) => void,
  aborted: AbortSignal,
): Promise<VoiceBenchResult> {
  say('Starting Postgres, NATS, voice-bridge, the bare relay and the stage …');
  const cores = options.pins ? chooseCores() : undefined;
  if (options.pins && !cores) {
    say('There is no second core, or no taskset (util-linux): programs and load share all cores.');
  }
  const { profileDir, durable, system } = options;
  const arena = await Arena.start({
    cores,
    profileDir: profileDir && resolve(profileDir),
    durable,
    system,
  });
  try {
    const contenders = options.contenders.map((name) => arena[name]);
    const run = new Run(arena, contenders, options, say, aborted);
    await run.warmUp();
    const slices = await run.all();
    return { slices, isPinned: cores !== undefined, idleRssBytes: run.idleRssBytes };
  } catch (error) {
    if (!aborted.aborted) say(arena.lastWords);
    throw error;
  } finally {
    await arena.stop();
  }
}

class Run {
  readonly idleRssBytes: Record<ContenderName, number> = { relay: Infinity, parley: Infinity };

  constructor(
    private readonly arena: Arena,
    private readonly contenders: readonly Contender[],
    private readonly options: VoiceBenchOptions,
    private readonly say: (line: string) => void,
    private readonly aborted: AbortSignal,
  ) {}

  async warmUp(): Promise<void> {
    if (!this.options.warmsUp) return;
    for (const contender of this.contenders) {
      await this.#measure(contender, Math.max(...this.options.levels), WARM_UP_MS, false);
    }
  }

  async all(): Promise<Slice[]> {
    const { rounds, levels, seconds, vendorDelays } = this.options;
    const slices: Slice[] = [];
    const loads = levels.map((calls) => ({ calls, delayed: false }));
    const most = Math.max(...levels);
    for (let round = 1; round <= rounds; round++) {
      const delayed = vendorDelays && round === rounds ? [{ calls: most, delayed: true }] : [];
      for (const load of [...loads, ...delayed]) {
        for (const contender of this.contenders) {
          const slice = await this.#measure(contender, load.calls, seconds * 1_000, load.delayed);
          this.say(`round ${round}/${rounds}  ${described(slice)}`);
          slices.push(slice);
        }
      }
    }
    return slices;
  }

  async #measure(
    contender: Contender,
    calls: number,
    windowMs: number,
    hasVendorDelays: boolean,
  ): Promise<Slice> {
    this.aborted.throwIfAborted();
    const { name, watched } = contender;
    const { rssBytes } = await watched.end();
    this.idleRssBytes[name] = Math.min(this.idleRssBytes[name], rssBytes);
    const delays = hasVendorDelays ? PUBLISHED_DELAYS : NO_DELAYS;
    return measureSlice(this.arena.stage, contender, { calls, windowMs, delays, hasVendorDelays });
  }
}

function described(slice: Slice): string {
  const ms = (value: number) => `${value.toFixed(2)} ms`;
  const { words } = slice;
  const delays = slice.hasVendorDelays ? ' (vendors take time)' : '';
  return [
    `${String(slice.calls).padStart(4)} calls  ${slice.contender.padEnd(6)}${delays}`,
    `own p50 ${ms(percentile(slice.ownMs, 0.5))}, p99 ${ms(percentile(slice.ownMs, 0.99))}`,
    `frame to recogniser p50 ${ms(percentile(slice.frameMs, 0.5))}`,
    `CPU ${ms(slice.cpuMsPerCallSecond)} per call-second`,
    `${slice.turns} turns`,
    `stage ${Math.round(slice.stageCpuShare * 100)} %`,
    ...(words.saidWrong + words.heardWrong > 0
      ? [`${words.saidWrong} + ${words.heardWrong} wrong words: ${slice.complaints.join('; ')}`]
      : []),
    ...(slice.isLate ? [`void: the stage was late, p99 ${ms(slice.latenessP99Ms)}`] : []),
  ].join(', ');
}
