import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadResult } from '../load/load.js';
import type { LoadGenerator } from '../load/load-generator.js';
import { quotedIn } from '../load/signed-text.js';
import { percentile } from '../percentiles.js';
import { type Arena, account } from './arena.js';
import { type Contender, type ContenderName, type CpuMs, cpuOf, usedSince } from './contender.js';

/** Later than this, and the numbers are about the generator. */
const MAX_LATENESS_P99_MS = 10;
/** A backlog must not burden the next slice. */
const SETTLE_TIMEOUT_MS = 60_000;
const SETTLE_POLL_MS = 250;

export interface SliceOrder {
  ratePerS: number;
  durationMs: number;
  people: number;
  firstText: number;
}

/** One contender under one load for some seconds. */
export interface Slice {
  contender: ContenderName;
  ratePerS: number;
  texts: number;
  /** Webhooks that were not answered 2xx. */
  failed: number;
  /** Texts without an answer a minute after the load; undefined where none is to come. */
  unanswered: number | undefined;
  ackMs: number[];
  /** From the moment a text was due to the carrier's acceptance of the reply that quotes it; the model's time included. */
  sendMs: number[];
  latenessP99Ms: number;
  isLate: boolean;
  /** Over the load and until all is worked off. */
  cpu: CpuMs;
  /** The machine's load average right after. */
  loadAverage: number;
}

export async function measureSlice(
  arena: Arena,
  generator: LoadGenerator,
  contender: Contender,
  order: SliceOrder,
): Promise<Slice> {
  const { next: mark } = await arena.simulator.messagesSince(Number.MAX_SAFE_INTEGER);
  const answeredBefore = (await contender.countAnswered?.()) ?? 0;
  const cpuBefore = cpuOf(contender, arena.servers);
  const load = await generator.generate({
    ...order,
    url: contender.webhookUrl,
    accountSid: account.accountSid,
    authToken: account.authToken,
    line: account.phoneNumber,
  });
  const unanswered = await untilAnswered(contender, answeredBefore + load.sent);
  const cpu = usedSince(cpuBefore, cpuOf(contender, arena.servers));
  const { messages: replies } = await arena.simulator.messagesSince(mark, { direction: 'outbound' });
  const latenessP99Ms = percentile([...load.latenessMs], 0.99);
  return {
    contender: contender.name,
    ratePerS: order.ratePerS,
    texts: load.sent,
    failed: load.failed,
    unanswered,
    ackMs: [...load.latenciesMs],
    sendMs: replies.flatMap((reply) => sendLatency(reply, load, order.firstText)),
    latenessP99Ms,
    isLate: latenessP99Ms > MAX_LATENESS_P99_MS,
    cpu,
    loadAverage: loadavg()[0] ?? 0,
  };
}

/** Waits for the answers, and tells how many did not come. */
async function untilAnswered({ countAnswered }: Contender, expected: number): Promise<number | undefined> {
  if (!countAnswered) return undefined;
  const deadline = performance.now() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const missing = expected - (await countAnswered());
    if (missing <= 0 || performance.now() > deadline) return Math.max(0, missing);
    await delay(SETTLE_POLL_MS);
  }
}

function sendLatency(
  { body, createdAt }: { body: string; createdAt: string },
  { dueAtMs }: LoadResult,
  firstText: number,
): number[] {
  const text = quotedIn(body);
  const dueMs = text === undefined ? undefined : dueAtMs[text - firstText];
  return dueMs === undefined ? [] : [Date.parse(createdAt) - dueMs];
}
