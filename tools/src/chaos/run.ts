import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chaosFindings } from './checks.js';
import type { Finding } from './checks/finding.js';
import { collectEvidence, takeBaseline, waitUntilChaosSettled } from './collect-evidence.js';
import type { ChaosOptions } from './options.js';
import { playSchedule } from './play-schedule.js';
import { answeredTexts, recoveriesIn, type Recovery } from './recovery.js';
import { scheduleFor } from './schedule.js';
import { ChaosStack } from './stack.js';

/** The result of one seed. */
export interface SeedResult {
  readonly seed: number;
  readonly durationMs: number;
  readonly texts: number;
  /** How many of the texts got a reply. */
  readonly answered: number;
  readonly operatorMessages: number;
  readonly faults: readonly string[];
  readonly findings: readonly Finding[];
  readonly recoveries: readonly Recovery[];
  /** Send attempts whose outcome was unknown at some time. */
  readonly unknown: number;
  /** Texts whose webhook was not acknowledged, so that the gateway had to find them in the carrier's list. */
  readonly missed: number;
  /** Folder with the logs of a failed seed. */
  readonly folder: string | undefined;
}

const SCALE = 0.1;
const LEASE_MS = 15_000;
const SEND_DEADLINE_MS = 20_000;
/** Work that is not finished after this time counts as unfinished. Longer than the longest recovery. */
const SETTLE_MS = 360_000;
const SETTLE_EXTRA_MS = 45_000;
/** After this many seeds a fresh Parley is started, because logs and tables grow. */
const SEEDS_PER_STACK = 30;

/** Plays all seeds, `parallel` at a time, and logs each result. After an abort it finishes only the seeds in progress. */
export async function runSeeds(
  options: ChaosOptions,
  log: (line: string) => void,
  aborted: AbortSignal,
): Promise<SeedResult[]> {
  const results: SeedResult[] = [];
  const seeds = Array.from({ length: options.seeds }, (_, index) => options.from + index);
  const runners = Array.from({ length: Math.min(options.parallel, options.seeds) }, async () => {
    const runner = new SeedRunner(options, log);
    try {
      for (let seed = seeds.shift(); seed !== undefined && !aborted.aborted; seed = seeds.shift()) {
        const result = await runner.run(seed);
        results.push(result);
        log(`${progressLine(result)}   ${results.length}/${options.seeds}`);
        for (const line of findingLines(result)) log(line);
      }
    } finally {
      await runner.close();
    }
  });
  await Promise.all(runners);
  return results.toSorted((one, other) => one.seed - other.seed);
}

/** Plays one seed after the other. Starts a fresh Parley after a failed seed. */
class SeedRunner {
  #stack: ChaosStack | undefined;
  #played = 0;
  #deaths: string[] = [];

  constructor(
    private readonly options: ChaosOptions,
    private readonly log: (line: string) => void,
  ) {}

  async run(seed: number): Promise<SeedResult> {
    const stack = (this.#stack ??= await this.#start());
    const startedAt = performance.now();
    try {
      const result = await this.#playSchedule(stack, seed, startedAt);
      this.#played += 1;
      const isSpent = this.options.fresh || this.#played >= SEEDS_PER_STACK;
      if (hasFailed(result)) await this.#stopStack(true);
      else if (isSpent) await this.#stopStack(false);
      return result;
    } catch (error) {
      await this.#stopStack(true);
      const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const findings: Finding[] = [{ check: 'the seed is played to its end', kind: 'unfinished', detail }];
      return {
        ...emptyResult(seed),
        durationMs: performance.now() - startedAt,
        findings,
        folder: stack.folder,
      };
    }
  }

  async close(): Promise<void> {
    await this.#stopStack(false);
  }

  async #start(): Promise<ChaosStack> {
    this.#played = 0;
    this.#deaths = [];
    this.log('Starting Postgres, NATS, the simulator, two gateways and two orchestrators …');
    return ChaosStack.start({
      recoveryTimeScale: this.#scale,
      onUnexpectedExit: (what) => this.#deaths.push(what),
    });
  }

  async #playSchedule(stack: ChaosStack, seed: number, startedAt: number): Promise<SeedResult> {
    const schedule = scheduleFor(seed, { short: this.options.short, leaseMs: LEASE_MS * this.#scale });
    stack.logMarker(`seed ${seed}`);
    const baseline = await takeBaseline(stack);
    const played = await playSchedule(stack, schedule);
    const open = await waitUntilChaosSettled(stack, played, SETTLE_EXTRA_MS + SETTLE_MS * this.#scale);
    const leftovers = [...open, ...this.#deaths];
    const evidence = await collectEvidence(
      stack,
      schedule,
      played,
      baseline,
      leftovers,
      SEND_DEADLINE_MS * this.#scale,
    );
    const findings = chaosFindings(evidence);
    if (findings.length > 0) {
      const reported = JSON.stringify({ schedule, findings, evidence }, undefined, 2);
      writeFileSync(join(stack.folder, `seed-${seed}.json`), reported);
    }
    return {
      seed,
      durationMs: performance.now() - startedAt,
      texts: played.texts.length,
      answered: answeredTexts(evidence),
      operatorMessages: played.operatorMessages.length,
      faults: played.faults.map(({ name }) => name),
      findings,
      recoveries: recoveriesIn(evidence),
      unknown: evidence.sends.filter(({ wasUnknown }) => wasUnknown).length,
      missed: played.texts.filter(({ acknowledgedAtMs }) => acknowledgedAtMs === undefined).length,
      folder: findings.length > 0 ? stack.folder : undefined,
    };
  }

  async #stopStack(keep: boolean): Promise<void> {
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

function emptyResult(seed: number): Omit<SeedResult, 'durationMs' | 'findings' | 'folder'> {
  return {
    seed,
    texts: 0,
    answered: 0,
    operatorMessages: 0,
    faults: [],
    recoveries: [],
    unknown: 0,
    missed: 0,
  };
}

function progressLine({
  seed,
  durationMs,
  texts,
  answered,
  operatorMessages,
  faults,
  findings,
}: SeedResult): string {
  const verdict = findings.length > 0 ? 'FAILED' : 'ok';
  const time = `${(durationMs / 1_000).toFixed(1)} s`;
  return `seed ${seed}  ${verdict}  ${time}  ${texts} texts (${answered} answered), ${operatorMessages} operator messages  ${faults.join(', ')}`;
}

function findingLines({ seed, findings, folder }: SeedResult): string[] {
  if (findings.length === 0) return [];
  return [
    ...findings.map(({ check, kind, detail }) => `  ${kind}: ${detail}\n    (${check})`),
    `  Logs and evidence: ${folder}. To repeat: npm run chaos -- --seeds 1 --from ${seed} --fresh`,
  ];
}
