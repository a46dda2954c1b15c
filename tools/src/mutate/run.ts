import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Mutation, mutated, staleness } from './mutation.js';
import { runSpecs } from './run-specs.js';
import { ScratchCopy } from './scratch-copy.js';

/** `broken`: nothing ran, so that nothing was shown. */
export type Verdict = 'killed' | 'survived' | 'stale' | 'broken';

export interface MutationResult {
  readonly mutation: Mutation;
  readonly verdict: Verdict;
  readonly durationMs: number;
  /** The test that noticed, or what went wrong. */
  readonly detail: string;
}

export interface RunOptions {
  readonly checkout: string;
  readonly parallel: number;
  /** For the specs. */
  readonly env: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
  readonly aborted: AbortSignal;
}

/** The end of what failed says most. */
const OUTPUT_CHARS = 3_000;

/**
 * Applies one mutation after the other, each alone, and says after each how it went. Throws when the specs fail without
 * any: then nothing can be shown.
 */
export async function runMutations(
  mutations: readonly Mutation[],
  options: RunOptions,
): Promise<MutationResult[]> {
  const results: MutationResult[] = [];
  const left = [...mutations];
  await checkSpecs(mutations, options);
  const lanes = Array.from({ length: Math.min(options.parallel, mutations.length) }, async () => {
    const copy = ScratchCopy.make(options.checkout);
    try {
      for (let next = left.shift(); next && !options.aborted.aborted; next = left.shift()) {
        const result = await runOne(copy, next, options);
        if (!result) break;
        results.push(result);
        options.say(`${results.length}/${mutations.length}  ${lineOf(result)}`);
      }
    } finally {
      copy.remove();
    }
  });
  await Promise.all(lanes);
  return results;
}

async function checkSpecs(mutations: readonly Mutation[], options: RunOptions): Promise<void> {
  const specs = [...new Set(mutations.flatMap((mutation) => mutation.specs))];
  options.say(`Running ${specs.length} specs without a mutation …`);
  const copy = ScratchCopy.make(options.checkout);
  try {
    const run = await runSpecs(copy.root, { specs, stopsEarly: false }, options.env, options.aborted);
    if (!run.passed)
      throw new Error(`The specs fail without a mutation:\n${run.output.slice(-OUTPUT_CHARS)}`);
  } finally {
    copy.remove();
  }
}

/** Undefined when it was stopped. */
async function runOne(
  copy: ScratchCopy,
  mutation: Mutation,
  { env, aborted }: RunOptions,
): Promise<MutationResult | undefined> {
  const startedAt = performance.now();
  const file = join(copy.root, mutation.file);
  const source = readFileSync(file, 'utf8');
  const ended = (verdict: Verdict, detail: string): MutationResult => ({
    mutation,
    verdict,
    durationMs: performance.now() - startedAt,
    detail,
  });
  const why = staleness(mutation, source);
  if (why) return ended('stale', why);
  writeFileSync(file, mutated(mutation, source));
  try {
    const { specs, tests } = mutation;
    const run = await runSpecs(copy.root, { specs, tests, stopsEarly: true }, env, aborted);
    if (run.passed) return ended('survived', specs.join(', '));
    return run.failed.length > 0
      ? ended('killed', run.failed[0]!)
      : ended('broken', run.output.slice(-OUTPUT_CHARS));
  } catch (error) {
    if (aborted.aborted) return undefined;
    throw error;
  } finally {
    writeFileSync(file, source);
  }
}

function lineOf({ mutation, verdict, durationMs, detail }: MutationResult): string {
  const time = `${(durationMs / 1_000).toFixed(1)} s`;
  return `${verdict.padEnd(8)}  ${mutation.name}  (${time})\n      ${mutation.file}: ${detail}`;
}
