import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadResult } from '../load/load.js';
import type { LoadGenerator } from '../load/load-generator.js';
import { quotedTextNumber } from '../load/signed-text.js';
import { percentile } from '../percentiles.js';
import { type SmsTestbed, smsBenchTwilioAccount } from './testbed.js';
import {
  type MeasuredSystem,
  type SystemName,
  type CpuMs,
  cpuTimesOf,
  cpuUsedSince,
} from './measured-system.js';

/** If the generator is later than this, the measurement is void. */
const MAX_LATENESS_P99_MS = 10;
/** Longest wait for outstanding replies, so that they do not affect the next measurement. */
const SETTLE_TIMEOUT_MS = 60_000;
const SETTLE_POLL_MS = 250;

export interface SmsMeasurementLoad {
  ratePerS: number;
  durationMs: number;
  people: number;
  firstText: number;
}

/** The figures of one system under one load for some seconds. */
export interface SmsMeasurement {
  system: SystemName;
  ratePerS: number;
  texts: number;
  /** Webhooks without a 2xx answer. */
  failed: number;
  /** Texts without a reply a minute after the load; undefined for a system that sends no replies. */
  unanswered: number | undefined;
  ackMs: number[];
  /** Time from a text's due time until the carrier accepted its reply, including the model's time. */
  sendMs: number[];
  latenessP99Ms: number;
  isLate: boolean;
  /** CPU time during the load and until the last reply. */
  cpu: CpuMs;
  /** The machine's load average after the measurement. */
  loadAverage: number;
}

export async function measureSystem(
  testbed: SmsTestbed,
  generator: LoadGenerator,
  system: MeasuredSystem,
  planned: SmsMeasurementLoad,
): Promise<SmsMeasurement> {
  const { next: baseline } = await testbed.simulator.messagesSince(Number.MAX_SAFE_INTEGER);
  const answeredBefore = (await system.countAnswered?.()) ?? 0;
  const cpuBefore = cpuTimesOf(system, testbed.servers);
  const load = await generator.generate({
    ...planned,
    url: system.webhookUrl,
    accountSid: smsBenchTwilioAccount.accountSid,
    authToken: smsBenchTwilioAccount.authToken,
    line: smsBenchTwilioAccount.phoneNumber,
  });
  const unanswered = await waitForAnswers(system, answeredBefore + load.sent);
  const cpu = cpuUsedSince(cpuBefore, cpuTimesOf(system, testbed.servers));
  const { messages: replies } = await testbed.simulator.messagesSince(baseline, { direction: 'outbound' });
  const latenessP99Ms = percentile([...load.latenessMs], 0.99);
  return {
    system: system.name,
    ratePerS: planned.ratePerS,
    texts: load.sent,
    failed: load.failed,
    unanswered,
    ackMs: [...load.latenciesMs],
    sendMs: replies.flatMap((reply) => sendLatency(reply, load, planned.firstText)),
    latenessP99Ms,
    isLate: latenessP99Ms > MAX_LATENESS_P99_MS,
    cpu,
    loadAverage: loadavg()[0] ?? 0,
  };
}

/** Waits for the replies; returns the number of missing ones. */
async function waitForAnswers(
  { countAnswered }: MeasuredSystem,
  expected: number,
): Promise<number | undefined> {
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
  const text = quotedTextNumber(body);
  const dueMs = text === undefined ? undefined : dueAtMs[text - firstText];
  return dueMs === undefined ? [] : [Date.parse(createdAt) - dueMs];
}
