import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@parley/local-stack';
import { describe, expect, it } from 'vitest';
import { AREAS } from './areas.js';
import { stalenessReason } from './mutation.js';

const MUTATIONS = Object.entries(AREAS).flatMap(([area, mutations]) =>
  mutations.map((mutation) => ({ area, ...mutation })),
);
const sourceOf = (file: string): string => {
  const path = join(repositoryRoot, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

/** A renamed file or a reworded line needs the same change in tools/src/mutate/areas. */
describe('the list of mutations', () => {
  it.each(MUTATIONS)('the mutation "$name" ($area) applies to exactly one line of $file', (mutation) => {
    expect(stalenessReason(mutation, sourceOf(mutation.file))).toBeUndefined();
  });

  it('the mutations name only spec files that exist', () => {
    const specs = new Set(MUTATIONS.flatMap((mutation) => mutation.specs));
    expect([...specs].filter((spec) => !existsSync(join(repositoryRoot, spec)))).toEqual([]);
  });

  it('the mutations select tests by words that occur in their spec files', () => {
    const lost = MUTATIONS.filter(
      ({ specs, tests }) => tests && !specs.some((spec) => sourceOf(spec).includes(tests)),
    );
    expect(lost.map(({ name, tests }) => `${name}: ${tests}`)).toEqual([]);
  });

  it('each mutation has a name of its own', () => {
    const names = MUTATIONS.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});
