import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The slowest spec files, the slowest first: if one of them started last, the other workers would be idle while it
 * runs. Take them from the list of the slowest files at the end of a run.
 */
const LONGEST = [
  'e2e/counts.e2e.spec.ts',
  'e2e/call-failures.e2e.spec.ts',
  'e2e/launcher.e2e.spec.ts',
  'e2e/soak.e2e.spec.ts',
  'e2e/chaos.e2e.spec.ts',
  'e2e/bursts.e2e.spec.ts',
  'e2e/call-interruptions.e2e.spec.ts',
  'e2e/frozen.e2e.spec.ts',
  'e2e/tools.e2e.spec.ts',
  'e2e/dying-turns.e2e.spec.ts',
  'e2e/unknown-sends.e2e.spec.ts',
  'e2e/call-endings.e2e.spec.ts',
  'e2e/wiped-streams.e2e.spec.ts',
  'e2e/call-context.e2e.spec.ts',
  'e2e/calls.e2e.spec.ts',
  'e2e/agents-by-number.e2e.spec.ts',
  'apps/voice-bridge/src/session/call-session.int.spec.ts',
  'apps/voice-bridge/src/session/late-answers.int.spec.ts',
  'apps/voice-bridge/src/session/vendors-unavailable.int.spec.ts',
  'tools/src/bench/voice/voice-bench.int.spec.ts',
];

/** Starts the longest spec files first, and the others in Vitest's own order. */
export default class LongestFirstSequencer extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const missing = LONGEST.filter((file) => !existsSync(join(this.ctx.config.root, file)));
    if (missing.length > 0)
      throw new Error(`tools/longest-first-sequencer.ts names ${missing.join(', ')}, which do not exist.`);
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.findIndex((file) => moduleId.endsWith(`/${file}`));
      return index < 0 ? LONGEST.length : index;
    };
    // oxlint-disable-next-line unicorn/no-array-sort -- Vitest's own method, which sorts a copy
    const inVitestsOrder = await super.sort(specifications);
    return inVitestsOrder.toSorted((one, other) => rank(one) - rank(other));
  }
}
