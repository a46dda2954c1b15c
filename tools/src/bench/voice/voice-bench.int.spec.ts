import { describe, expect, it } from 'vitest';
import { runVoiceBench } from './voice-bench.js';

const CALLS = 20;
const SECONDS = 8;
/** Far above what it takes, for a machine that stalls. */
const TIMEOUT_MS = 180_000;

describe.runIf(process.platform === 'linux')('twenty calls at a time', () => {
  it(
    'are understood and answered word by word, interrupted or not',
    async () => {
      const options = {
        contenders: ['parley'] as const,
        levels: [CALLS],
        seconds: SECONDS,
        rounds: 1,
        vendorDelays: false,
        system: false,
        warmsUp: false,
        pins: false,
        durable: false,
        write: false,
        profileDir: undefined,
        place: 'bench:voice' as const,
      };
      const { slices } = await runVoiceBench(options, () => undefined, new AbortController().signal);
      const [{ words, complaints, clearMs, cpuMsPerCallSecond, probe }] = slices as [(typeof slices)[0]];
      expect(complaints).toEqual([]);
      expect(words).toMatchObject({ saidWrong: 0, heardWrong: 0 });
      // Every caller spoke and was answered.
      expect(words.said).toBeGreaterThanOrEqual(CALLS * 3);
      expect(words.heard).toBeGreaterThanOrEqual(CALLS * 3);
      expect(clearMs.length).toBeGreaterThan(0);
      expect(cpuMsPerCallSecond).toBeGreaterThan(0);
      expect(probe.rssBytes).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});
