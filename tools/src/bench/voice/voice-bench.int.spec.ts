import { describe, expect, it } from 'vitest';
import { runVoiceBench } from './voice-bench.js';

const CALLS = 20;
const SECONDS = 8;
/** Much longer than the test takes, for a loaded machine. */
const TIMEOUT_MS = 180_000;

describe.runIf(process.platform === 'linux')('the voice bench', () => {
  it(
    'in twenty simultaneous calls with interruptions, every word of callers and agent arrives',
    async () => {
      const options = {
        programs: ['parley'] as const,
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
        section: 'bench:voice' as const,
      };
      const { measurements } = await runVoiceBench(options, () => undefined, new AbortController().signal);
      const [{ words, problems, clearMs, cpuMsPerCallSecond, probe }] = measurements as [
        (typeof measurements)[0],
      ];
      expect(problems).toEqual([]);
      expect(words).toMatchObject({ spokenWrong: 0, heardWrong: 0 });
      // Every caller spoke and heard an answer.
      expect(words.said).toBeGreaterThanOrEqual(CALLS * 3);
      expect(words.heard).toBeGreaterThanOrEqual(CALLS * 3);
      expect(clearMs.length).toBeGreaterThan(0);
      expect(cpuMsPerCallSecond).toBeGreaterThan(0);
      expect(probe.rssBytes).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});
