import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findNatsServer, repositoryRoot } from '@parley/local-stack';
import { AREAS } from './mutate/areas.js';
import { type Mutation, stalenessReason } from './mutate/mutation.js';
import { type MutateOptions, readMutateOptions } from './mutate/options.js';
import { runMutations, type MutationVerdict } from './mutate/run.js';

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) {
  process.on(signal, () => stopping.abort(new Error('stopped')));
}

async function main(args: readonly string[]): Promise<void> {
  const names = Object.keys(AREAS);
  const options = readMutateOptions(args, names);
  const chosen = chosenBy(options);
  if (chosen.length === 0)
    throw new Error('No mutation has these words in its name: npm run mutate -- --list shows them');
  if (options.list) return list(chosen);
  const { path } = await findNatsServer({ progress: (text) => console.error(`${text} …`) });
  const results = await runMutations(chosen, {
    checkout: repositoryRoot,
    parallel: options.parallel,
    env: { NATS_SERVER_BIN: path },
    say: (line) => console.log(line),
    aborted: stopping.signal,
  });
  const count = (verdict: MutationVerdict) => results.filter((result) => result.verdict === verdict).length;
  const bad = (['survived', 'stale', 'broken'] as const).map((verdict) => `${count(verdict)} ${verdict}`);
  console.log(`\n${chosen.length} mutations: ${count('killed')} killed, ${bad.join(', ')}.`);
  if (count('killed') < chosen.length) process.exitCode = 1;
}

function chosenBy({ areas, only, quick }: MutateOptions): Mutation[] {
  return Object.entries(AREAS)
    .filter(([area]) => areas.length === 0 || areas.includes(area))
    .flatMap(([, mutations]) => mutations)
    .filter(({ specs }) => !quick || !specs.some((spec) => spec.endsWith('.int.spec.ts')))
    .filter(({ name }) => only === undefined || name.toLowerCase().includes(only.toLowerCase()));
}

function list(mutations: readonly Mutation[]): void {
  for (const mutation of mutations) {
    const why = stalenessReason(mutation, readFileSync(join(repositoryRoot, mutation.file), 'utf8'));
    console.log(
      `${why ? `STALE (${why})  ` : ''}${mutation.name}\n    ${mutation.file} → ${mutation.specs.join(', ')}`,
    );
    if (why) process.exitCode = 1;
  }
  console.log(`\n${mutations.length} mutations.`);
}

await main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
process.removeAllListeners('disconnect');
if (process.connected) process.disconnect();
