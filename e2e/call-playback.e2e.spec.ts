import type { CallEvent, SimulatedCall } from '@parley/local-stack';
import { RunningParley, someNumber } from '@parley/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const GREETING = 'Good morning, who is there?';
/**
 * The numbers of the playback policy: a refill is due at this lead and restores the full lead plus at most one message.
 */
const REFILL_BELOW_MS = 300;
const MOST_AHEAD_MS = 700;
const FRAME_MS = 20;
/** From the end of a stall to the first message at the carrier, on a machine that is not busy. */
const PROMPT_MS = 40;

let parley: RunningParley;

beforeAll(async () => {
  const agentVoice = { greeting: GREETING };
  parley = await RunningParley.start({ voice: true, model: 'simulated', agentVoice });
  await parley.untilAgentsAreKnown();
});
afterAll(() => parley?.stop());

describe('playback', () => {
  it('[V-05] a reply plays without a gap while the process or the network stalls', async () => {
    const reply = Array.from({ length: 60 }, (_, i) => `word${i + 1}`);
    await parley.simulator.model({ mode: 'fixed', text: `${reply.join(' ')}.`, asked: 'Tell me' });
    const call = await parley.simulator.call(someNumber());
    await call.untilHeard(GREETING);
    await call.untilQuiet();
    await call.say('Tell me everything.', { pace: 4 });
    const stalls: Stall[] = [];
    for (let i = 0; i < 8; i++) {
      await call.untilHeard(reply[3 + 3 * i]!);
      stalls.push(await (i % 2 === 0 ? processStall(i * 45) : networkStall(call, i * 45)));
    }
    await call.untilHeard(reply[30]!);
    const [playing, audio, underruns, { words }] = await Promise.all([
      call.events('playing'),
      call.events('audio'),
      call.events('underrun'),
      call.heard(),
    ]);
    await call.command('hangup');

    expect(underruns.filter((gap) => stalls.some((stall) => isToBlame(stall, gap, audio)))).toEqual([]);
    const said = words.filter(({ text }) => text.startsWith('word'));
    // A word may be cut where this machine itself stalled for longer than the lead.
    const missing = reply.slice(0, 30).filter((word) => !said.some(({ text, cut }) => text === word && !cut));
    expect(missing.length).toBeLessThanOrEqual(underruns.length);
    expect(new Set(said.map(({ text }) => text)).size).toBe(said.length);

    const sinceMs = playing[1]!.atMs + MOST_AHEAD_MS;
    const inTime = audio.filter(({ atMs, lateMs }) => atMs > sinceMs && Number(lateMs) < FRAME_MS);
    expect(median(inTime.map(({ foundMs }) => Number(foundMs)))).toBeGreaterThan(
      REFILL_BELOW_MS - 3 * FRAME_MS,
    );
    const aheadMs = inTime.map(({ foundMs, ms }) => Number(foundMs) + Number(ms));
    expect(Math.max(...aheadMs)).toBeLessThanOrEqual(MOST_AHEAD_MS + FRAME_MS);
    expect(Math.max(...audio.map(({ ms }) => Number(ms)))).toBeLessThanOrEqual(200);
  });

  it('[V-05] a reply plays in whole frames, with the last one padded with silence', async () => {
    const call = await parley.simulator.call(someNumber());
    await call.untilHeard(GREETING);
    for (const said of ['One.', 'Two two.']) {
      await call.say(said, { pace: 4 });
      await call.untilHeard(`you said "${said}"`);
      await call.untilQuiet();
    }
    await call.command('hangup');
    const [audio, quiets] = await Promise.all([call.events('audio'), call.events('quiet', 3)]);
    expect(audio.map(({ ms }) => Number(ms) % FRAME_MS)).toEqual(audio.map(() => 0));
    const lasts = quiets.map(({ index }) => audio.findLast((one) => one.index < index)!);
    // The pause after a last word is silence, so the padding after that pause must be silence too.
    for (const { silentTailMs } of lasts) expect(silentTailMs).toBeGreaterThan(0);
  });
});

interface Stall {
  /** Milliseconds since 1970. */
  fromMs: number;
  forMs: number;
}

/** Stalls the process. Different phases meet different states of the pacing. */
async function processStall(phaseMs: number): Promise<Stall> {
  const bridge = parley.process('voice-bridge');
  await delay(phaseMs);
  const fromMs = Date.now();
  bridge.signal('SIGSTOP');
  await delay(250);
  bridge.signal('SIGCONT');
  return { fromMs, forMs: 250 };
}

async function networkStall(call: SimulatedCall, phaseMs: number): Promise<Stall> {
  await delay(phaseMs);
  const fromMs = Date.now();
  await call.command('stall', { ms: 200 });
  return { fromMs, forMs: 200 };
}

/** Whether a gap comes from a stall of the intended length. On a busy machine a stall can last longer than any lead. */
function isToBlame({ fromMs, forMs }: Stall, gap: CallEvent, audio: readonly CallEvent[]): boolean {
  const next = audio.find(({ atMs }) => atMs >= gap.atMs);
  if (!next || momentOf(gap) < fromMs) return false;
  return momentOf(next) <= fromMs + forMs + PROMPT_MS;
}

const momentOf = (event: CallEvent): number => Date.parse(String(event['at']));

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;
}
