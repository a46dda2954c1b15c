import { setTimeout as delay } from 'node:timers/promises';
import { CALLS_PER_ROUND, type PlannedCall, plannedCalls } from './call-plan.js';
import { type CallResult, makeCall } from './caller.js';
import { soakFindings, type SoakEvidence, type VitalsComparison } from './checks.js';
import { callRecords, deadLetters, waitUntilSoakSettled, vendorSockets } from './collect-evidence.js';
import { findGrowth } from './growth.js';
import type { SoakOptions } from './options.js';
import { SoakStack, VOICE_BRIDGE, WATCHED_SERVICES } from './stack.js';
import { lowestVitals } from './vitals.js';

const SHORT_ROUNDS = 3;
/** Work that is not finished after this time counts as unfinished. */
const FINISH_WITHIN_MS = 60_000;
/** Vitals are compared repeatedly for this long, until nothing has grown. */
const SETTLE_MS = 45_000;
const RECHECK_MS = 3_000;
const PROGRESS_MS = 10_000;
const MIB = 2 ** 20;

export interface SoakResult {
  readonly evidence: SoakEvidence;
  readonly findings: readonly string[];
  readonly seconds: number;
  /** Folder with the logs, if there are findings. */
  readonly folder: string | undefined;
}

/** Makes the calls and checks for leaks. Aborting `stopping` ends the calls early; the checks still run. */
export async function runSoak(
  options: SoakOptions,
  log: (line: string) => void,
  stopping: AbortSignal,
): Promise<SoakResult> {
  log('Starting Postgres, NATS, the simulator, a gateway, a voice-bridge and an orchestrator …');
  const stack = await SoakStack.start();
  let keepLogs = true;
  try {
    const { seconds, ...evidence } = await new Soak(stack, options, log, stopping).run();
    const findings = soakFindings(evidence);
    keepLogs = findings.length > 0;
    return { evidence, findings, seconds, folder: keepLogs ? stack.folder : undefined };
  } finally {
    await stack.stop({ keepLogs });
  }
}

class Soak {
  readonly #plan: Generator<PlannedCall, never>;
  readonly #played: CallResult[] = [];
  #inProgress = 0;

  constructor(
    private readonly stack: SoakStack,
    private readonly options: SoakOptions,
    private readonly log: (line: string) => void,
    private readonly stopping: AbortSignal,
  ) {
    this.#plan = plannedCalls(options.seed);
  }

  async run(): Promise<SoakEvidence & { seconds: number }> {
    this.log('Warming up with one round of calls …');
    await this.#makeCalls(() => this.#started < CALLS_PER_ROUND);
    const unsettled = await waitUntilSoakSettled(this.stack, FINISH_WITHIN_MS);
    const base = await this.#readVitals();
    const startedAt = performance.now();
    const progress = setInterval(() => this.log(this.#progress(startedAt)), PROGRESS_MS);
    await this.#makeCalls(this.#continueCondition(startedAt)).finally(() => clearInterval(progress));
    const seconds = (performance.now() - startedAt) / 1_000;
    this.log('The calls have ended. Checking for leaks …');
    const left = [...new Set([...unsettled, ...(await waitUntilSoakSettled(this.stack, FINISH_WITHIN_MS))])];
    const comparisons = await this.#compareUntilStable(base);
    return {
      seconds,
      comparisons,
      played: this.#played,
      records: await callRecords(this.stack, this.#played),
      vendorSockets: await vendorSockets(this.stack),
      leftovers: [...left, ...(await deadLetters(this.stack))],
    };
  }

  get #started(): number {
    return this.#played.length + this.#inProgress;
  }

  #continueCondition(startedAt: number): () => boolean {
    const { short, minutes } = this.options;
    if (short) return () => this.#started < CALLS_PER_ROUND * (SHORT_ROUNDS + 1);
    return () => performance.now() - startedAt < minutes * 60_000;
  }

  async #makeCalls(shouldContinue: () => boolean): Promise<void> {
    const callers = Array.from({ length: this.options.parallel }, async () => {
      while (shouldContinue() && !this.stopping.aborted) {
        this.#inProgress += 1;
        const played = await makeCall(this.stack, this.#plan.next().value);
        this.#inProgress -= 1;
        this.#played.push(played);
      }
    });
    await Promise.all(callers);
  }

  async #readVitals(): Promise<VitalsComparison[]> {
    return Promise.all(
      WATCHED_SERVICES.map(async (service) => {
        const base = await this.stack.vitals(service);
        return { service, base, end: base };
      }),
    );
  }

  /** Compares the vitals until nothing has grown: idle connections close by themselves, only a leak stays. */
  async #compareUntilStable(bases: readonly VitalsComparison[]): Promise<VitalsComparison[]> {
    const deadline = performance.now() + SETTLE_MS;
    let comparisons: VitalsComparison[] | undefined;
    for (;;) {
      const seen = await this.#readVitals();
      comparisons = bases.map(({ service, base }, index) => {
        const { end } = seen[index]!;
        return { service, base, end: comparisons ? lowestVitals(comparisons[index]!.end, end) : end };
      });
      const calls = this.#played.length;
      const isBack = comparisons.every(({ base, end }) => findGrowth(base, end, calls).length === 0);
      if (isBack || performance.now() > deadline) return comparisons;
      await delay(RECHECK_MS);
    }
  }

  #progress(startedAt: number): string {
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    const rss = Math.round(this.stack.rssBytes(VOICE_BRIDGE) / MIB);
    const stuck = this.#played.filter(({ end }) => end === 'stuck').length;
    const calls = `${this.#played.length} calls, ${this.#inProgress} in progress`;
    return `${clock}  ${calls}${stuck > 0 ? `, ${stuck} stuck` : ''}  ${VOICE_BRIDGE} ${rss} MiB`;
  }
}
