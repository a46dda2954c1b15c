import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findingsIn } from './checks.js';
import type { Finding } from './checks/finding.js';
import { collect, markOf, untilSettled } from './collect.js';
import type { ChaosOptions } from './options.js';
import { play } from './play.js';
import { answeredTexts, recoveriesIn, type Recovery } from './recovery.js';
import { scheduleOf } from './schedule.js';
import { ChaosStack } from './stack.js';

/** What came of one seed. */
export interface SeedResult {
  readonly seed: number;
  readonly durationMs: number;
  readonly texts: number;
  /** How many of them got a reply. */
  readonly answered: number;
  readonly orders: number;
  readonly faults: readonly string[];
  readonly findings: readonly Finding[];
  readonly recoveries: readonly Recovery[];
  /** Sends of which nobody knew at first whether they went out. */
  readonly unknown: number;
  /** Texts whose webhook nobody acknowledged: they were found in the carrier's list. */
  readonly missed: number;
  /** The logs of a seed that failed. */
  readonly folder: string | undefined;
}

const SCALE = 0.1;
const LEASE_MS = 15_000;
const SEND_DEADLINE_MS = 20_000;
/** What is not over by then does not end: the longest recovery there is, and a slow machine's time on top. */
const SETTLE_MS = 360_000;
const SETTLE_EXTRA_MS = 45_000;
/** Logs and tables grow; after so many seeds there is a new Parley. */
const SEEDS_PER_STACK = 30;

/** Plays all seeds, some at the same time, and says after each how it went. `aborted` ends it after those under way. */
export async function runSeeds(
  options: ChaosOptions,
  say: (line: string) => void,
  aborted: AbortSignal,
): Promise<SeedResult[]> {
  const results: SeedResult[] = [];
  const seeds = Array.from({ length: options.seeds }, (_, index) => options.from + index);
  const lanes = Array.from({ length: Math.min(options.parallel, options.seeds) }, async () => {
    const lane = new Lane(options, say);
    try {
      for (let seed = seeds.shift(); seed !== undefined && !aborted.aborted; seed = seeds.shift()) {
        const result = await lane.run(seed);
        results.push(result);
        say(`${progressOf(result)}   ${results.length}/${options.seeds}`);
        for (const line of complaintsOf(result)) say(line);
      }
    } finally {
      await lane.close();
    }
  });
  await Promise.all(lanes);
  return results.toSorted((one, other) => one.seed - other.seed);
}

/** One seed after the other on one Parley, until one fails. */
class Lane {
  #stack: ChaosStack | undefined;
  #played = 0;
  #deaths: string[] = [];

  constructor(
    private readonly options: ChaosOptions,
    private readonly say: (line: string) => void,
  ) {}

  async run(seed: number): Promise<SeedResult> {
    const stack = (this.#stack ??= await this.#start());
    const startedAt = performance.now();
    try {
      const result = await this.#play(stack, seed, startedAt);
      this.#played += 1;
      const isSpent = this.options.fresh || this.#played >= SEEDS_PER_STACK;
      if (hasFailed(result)) await this.#leave(true);
      else if (isSpent) await this.#leave(false);
      return result;
    } catch (error) {
      await this.#leave(true);
      const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const findings: Finding[] = [{ check: 'the seed was played to its end', kind: 'unfinished', detail }];
      return { ...nothing(seed), durationMs: performance.now() - startedAt, findings, folder: stack.folder };
    }
  }

  async close(): Promise<void> {
    await this.#leave(false);
  }

  async #start(): Promise<ChaosStack> {
    this.#played = 0;
    this.#deaths = [];
    this.say('Starting Postgres, NATS, the simulator, two gateways and two orchestrators …');
    return ChaosStack.start({
      recoveryTimeScale: this.#scale,
      onDeath: (what) => this.#deaths.push(what),
    });
  }

  async #play(stack: ChaosStack, seed: number, startedAt: number): Promise<SeedResult> {
    const schedule = scheduleOf(seed, { short: this.options.short, leaseMs: LEASE_MS * this.#scale });
    stack.note(`seed ${seed}`);
    const mark = await markOf(stack);
    const played = await play(stack, schedule);
    const open = await untilSettled(stack, played, SETTLE_EXTRA_MS + SETTLE_MS * this.#scale);
    const leftovers = [...open, ...this.#deaths];
    const evidence = await collect(stack, schedule, played, mark, leftovers, SEND_DEADLINE_MS * this.#scale);
    const findings = findingsIn(evidence);
    if (findings.length > 0) {
      const told = JSON.stringify({ schedule, findings, evidence }, undefined, 2);
      writeFileSync(join(stack.folder, `seed-${seed}.json`), told);
    }
    return {
      seed,
      durationMs: performance.now() - startedAt,
      texts: played.texts.length,
      answered: answeredTexts(evidence),
      orders: played.orders.length,
      faults: played.faults.map(({ name }) => name),
      findings,
      recoveries: recoveriesIn(evidence),
      unknown: evidence.sends.filter(({ wasUnknown }) => wasUnknown).length,
      missed: played.texts.filter(({ acknowledgedAtMs }) => acknowledgedAtMs === undefined).length,
      folder: findings.length > 0 ? stack.folder : undefined,
    };
  }

  async #leave(keep: boolean): Promise<void> {
    const stack = this.#stack;
    this.#stack = undefined;
    await stack?.stop({ keep });
  }

  get #scale(): number {
    return this.options.isFullScale ? 1 : SCALE;
  }
}

export function hasFailed({ findings }: SeedResult): boolean {
  return findings.length > 0;
}

function nothing(seed: number): Omit<SeedResult, 'durationMs' | 'findings' | 'folder'> {
  return { seed, texts: 0, answered: 0, orders: 0, faults: [], recoveries: [], unknown: 0, missed: 0 };
}

function progressOf({ seed, durationMs, texts, answered, orders, faults, findings }: SeedResult): string {
  const verdict = findings.length > 0 ? 'FAILED' : 'ok';
  const time = `${(durationMs / 1_000).toFixed(1)} s`;
  return `seed ${seed}  ${verdict}  ${time}  ${texts} texts (${answered} answered), ${orders} orders  ${faults.join(', ')}`;
}

function complaintsOf({ seed, findings, folder }: SeedResult): string[] {
  if (findings.length === 0) return [];
  return [
    ...findings.map(({ check, kind, detail }) => `  ${kind}: ${detail}\n    (${check})`),
    `  Everything about it: ${folder}. Once more: npm run chaos -- --seeds 1 --from ${seed} --fresh`,
  ];
}
