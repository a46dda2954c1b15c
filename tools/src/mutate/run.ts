import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Mutation, applyMutation, stalenessReason } from './mutation.js';
import { runSpecs, type SpecRun } from './run-specs.js';
import { ScratchCopy } from './scratch-copy.js';

/** `broken`: the specs did not run, or failed without the mutation, so the run shows nothing. */
export type MutationVerdict = 'killed' | 'survived' | 'stale' | 'broken';

export interface MutationResult {
  readonly mutation: Mutation;
  readonly verdict: MutationVerdict;
  readonly durationMs: number;
  /** The test that failed because of the mutation, or the error. */
  readonly detail: string;
}

export interface RunOptions {
  readonly checkout: string;
  readonly parallel: number;
  /** The environment of the specs. */
  readonly env: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
  readonly aborted: AbortSignal;
}

const OUTPUT_CHARS = 3_000;

/** Applies one mutation after the other, each alone, and prints each result. */
export async function runMutations(
  mutations: readonly Mutation[],
  options: RunOptions,
): Promise<MutationResult[]> {
  const results: MutationResult[] = [];
  const left = [...mutations];
  const baseline = new Map<string, Promise<SpecRun>>();
  const lanes = Array.from({ length: Math.min(options.parallel, mutations.length) }, async () => {
    const copy = ScratchCopy.make(options.checkout);
    try {
      for (let next = left.shift(); next && !options.aborted.aborted; next = left.shift()) {
        const result = await new Trial(copy, next, options).run(baseline);
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

class Trial {
  readonly #startedAt = performance.now();
  readonly #file: string;

  constructor(
    private readonly copy: ScratchCopy,
    private readonly mutation: Mutation,
    private readonly options: RunOptions,
  ) {
    this.#file = join(copy.root, mutation.file);
  }

  /** Returns undefined if the run was stopped. Mutations of the same specs share one run without a mutation. */
  async run(baseline: Map<string, Promise<SpecRun>>): Promise<MutationResult | undefined> {
    const source = readFileSync(this.#file, 'utf8');
    const why = stalenessReason(this.mutation, source);
    if (why) return this.#ended('stale', why);
    try {
      const { specs, tests } = this.mutation;
      const key = JSON.stringify([specs, tests]);
      const before = baseline.get(key) ?? this.#runSpecs();
      baseline.set(key, before);
      const unchanged = await before;
      if (!unchanged.passed) return this.#ended('broken', `without a mutation:\n${endOf(unchanged)}`);
      writeFileSync(this.#file, applyMutation(this.mutation, source));
      const changed = await this.#runSpecs();
      if (changed.passed) return this.#ended('survived', specs.join(', '));
      const [first] = changed.failed;
      return first === undefined ? this.#ended('broken', endOf(changed)) : this.#ended('killed', first);
    } catch (error) {
      if (this.options.aborted.aborted) return undefined;
      throw error;
    } finally {
      writeFileSync(this.#file, source);
    }
  }

  #runSpecs(): Promise<SpecRun> {
    const { specs, tests } = this.mutation;
    return runSpecs(this.copy.root, { specs, tests }, this.options.env, this.options.aborted);
  }

  #ended(verdict: MutationVerdict, detail: string): MutationResult {
    return { mutation: this.mutation, verdict, durationMs: performance.now() - this.#startedAt, detail };
  }
}

/** Returns the end of the failed run's output, which shows the cause. */
function endOf({ output }: SpecRun): string {
  return output.slice(-OUTPUT_CHARS);
}

function lineOf({ mutation, verdict, durationMs, detail }: MutationResult): string {
  const time = `${(durationMs / 1_000).toFixed(1)} s`;
  return `${verdict.padEnd(8)}  ${mutation.name}  (${time})\n      ${mutation.file}: ${detail}`;
}
