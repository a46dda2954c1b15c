import { setTimeout as delay } from 'node:timers/promises';
import { CALLS_PER_ROUND, type PlannedCall, plannedCalls } from './call-plan.js';
import { type PlayedCall, playCall } from './caller.js';
import { findingsIn, type SoakEvidence, type Watch } from './checks.js';
import { callRecords, deadLetters, untilSettled, vendorSockets } from './collect.js';
import { grownBetween } from './growth.js';
import type { SoakOptions } from './options.js';
import { SoakStack, VOICE_BRIDGE, WATCHED } from './stack.js';
import { lowest } from './vitals.js';

const SHORT_ROUNDS = 3;
/** Calls are over long before; what then still is open will stay so. */
const REST_WITHIN_MS = 60_000;
/** What calls have left is looked at again and again for so long, until it is as it was. */
const SETTLE_MS = 45_000;
const LOOK_AGAIN_MS = 3_000;
const PROGRESS_MS = 10_000;
const MIB = 2 ** 20;

export interface SoakResult {
  readonly evidence: SoakEvidence;
  readonly findings: readonly string[];
  readonly seconds: number;
  /** The logs of a soak in which something was found. */
  readonly folder: string | undefined;
}

/** Calls, and what they have left behind. `stopping` ends the calls early; what they left is looked at all the same. */
export async function soak(
  options: SoakOptions,
  say: (line: string) => void,
  stopping: AbortSignal,
): Promise<SoakResult> {
  say('Starting Postgres, NATS, the simulator, a gateway, a voice-bridge and an orchestrator …');
  const stack = await SoakStack.start();
  let keepLogs = true;
  try {
    const { seconds, ...evidence } = await new Soak(stack, options, say, stopping).run();
    const findings = findingsIn(evidence);
    keepLogs = findings.length > 0;
    return { evidence, findings, seconds, folder: keepLogs ? stack.folder : undefined };
  } finally {
    await stack.stop({ keepLogs });
  }
}

class Soak {
  readonly #plan: Generator<PlannedCall, never>;
  readonly #played: PlayedCall[] = [];
  #underWay = 0;

  constructor(
    private readonly stack: SoakStack,
    private readonly options: SoakOptions,
    private readonly say: (line: string) => void,
    private readonly stopping: AbortSignal,
  ) {
    this.#plan = plannedCalls(options.seed);
  }

  async run(): Promise<SoakEvidence & { seconds: number }> {
    this.say('One call of each kind, to warm up …');
    await this.#makeCalls(() => this.#started < CALLS_PER_ROUND);
    const unsettled = await untilSettled(this.stack, REST_WITHIN_MS);
    const base = await this.#look();
    const startedAt = performance.now();
    const progress = setInterval(() => this.say(this.#progress(startedAt)), PROGRESS_MS);
    await this.#makeCalls(this.#goesOn(startedAt)).finally(() => clearInterval(progress));
    const seconds = (performance.now() - startedAt) / 1_000;
    this.say('The calls are over. What is left of them?');
    const left = [...new Set([...unsettled, ...(await untilSettled(this.stack, REST_WITHIN_MS))])];
    const watches = await this.#settle(base);
    return {
      seconds,
      watches,
      played: this.#played,
      records: await callRecords(this.stack, this.#played),
      vendorSockets: await vendorSockets(this.stack),
      leftovers: [...left, ...(await deadLetters(this.stack))],
    };
  }

  get #started(): number {
    return this.#played.length + this.#underWay;
  }

  #goesOn(startedAt: number): () => boolean {
    const { short, minutes } = this.options;
    if (short) return () => this.#started < CALLS_PER_ROUND * (SHORT_ROUNDS + 1);
    return () => performance.now() - startedAt < minutes * 60_000;
  }

  async #makeCalls(goesOn: () => boolean): Promise<void> {
    const lanes = Array.from({ length: this.options.parallel }, async () => {
      while (goesOn() && !this.stopping.aborted) {
        this.#underWay += 1;
        const played = await playCall(this.stack, this.#plan.next().value);
        this.#underWay -= 1;
        this.#played.push(played);
      }
    });
    await Promise.all(lanes);
  }

  async #look(): Promise<Watch[]> {
    return Promise.all(
      WATCHED.map(async (service) => {
        const base = await this.stack.vitals(service);
        return { service, base, end: base };
      }),
    );
  }

  /** What is kept for a while, as an idle connection is, goes by itself: only what stays has leaked. */
  async #settle(bases: readonly Watch[]): Promise<Watch[]> {
    const deadline = performance.now() + SETTLE_MS;
    let watches: Watch[] | undefined;
    for (;;) {
      const seen = await this.#look();
      watches = bases.map(({ service, base }, index) => {
        const { end } = seen[index]!;
        return { service, base, end: watches ? lowest(watches[index]!.end, end) : end };
      });
      const calls = this.#played.length;
      const isBack = watches.every(({ base, end }) => grownBetween(base, end, calls).length === 0);
      if (isBack || performance.now() > deadline) return watches;
      await delay(LOOK_AGAIN_MS);
    }
  }

  #progress(startedAt: number): string {
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    const rss = Math.round(this.stack.rssBytes(VOICE_BRIDGE) / MIB);
    const stuck = this.#played.filter(({ end }) => end === 'stuck').length;
    const calls = `${this.#played.length} calls, ${this.#underWay} under way`;
    return `${clock}  ${calls}${stuck > 0 ? `, ${stuck} stuck` : ''}  ${VOICE_BRIDGE} ${rss} MiB`;
  }
}
