import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The spec files that take longest, the longest first: one that began last would keep the run waiting while the other
 * workers have nothing to do. The run's own list of its slowest files says what belongs here.
 */
const LONGEST = [
  'e2e/counts.e2e.spec.ts',
  'e2e/launcher.e2e.spec.ts',
  'e2e/call-failures.e2e.spec.ts',
  'e2e/soak.e2e.spec.ts',
  'e2e/chaos.e2e.spec.ts',
  'e2e/frozen.e2e.spec.ts',
  'e2e/agents-by-number.e2e.spec.ts',
  'e2e/calls.e2e.spec.ts',
  'e2e/bursts.e2e.spec.ts',
  'e2e/tools.e2e.spec.ts',
  'e2e/call-interruptions.e2e.spec.ts',
  'e2e/call-context.e2e.spec.ts',
  'e2e/dying-turns.e2e.spec.ts',
  'e2e/unknown-sends.e2e.spec.ts',
  'apps/voice-bridge/src/session/call-session.int.spec.ts',
  'apps/voice-bridge/src/session/late-answers.int.spec.ts',
  'apps/voice-bridge/src/session/vendors-unavailable.int.spec.ts',
  'tools/src/bench/voice/voice-bench.int.spec.ts',
];

/** Starts the longest spec files first, and the others in Vitest's own order. */
export default class LongestFirstSequencer extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = LONGEST.findIndex((file) => moduleId.endsWith(`/${file}`));
      return place < 0 ? LONGEST.length : place;
    };
    // oxlint-disable-next-line unicorn/no-array-sort -- Vitest's own method, which sorts a copy
    const inVitestsOrder = await super.sort(specifications);
    return inVitestsOrder.toSorted((one, other) => rank(one) - rank(other));
  }
}
