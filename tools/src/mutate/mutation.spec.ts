import { describe, expect, it } from 'vitest';
import { type Mutation, mutated, staleness } from './mutation.js';

const mutation: Mutation = { name: 'a', file: 'a.ts', from: 'a < b', to: '$& <= b', specs: ['a.spec.ts'] };

describe('a mutation', () => {
  it('a mutation replaces its one occurrence literally', () => {
    expect(staleness(mutation, 'if (a < b) return;')).toBeUndefined();
    expect(mutated(mutation, 'if (a < b) return;')).toBe('if ($& <= b) return;');
  });

  it.each([
    ['if (a > b)', 'its old text occurs 0 times'],
    ['a < b && a < b', 'its old text occurs 2 times'],
  ])('a mutation is stale in %j', (source, why) => {
    expect(staleness(mutation, source)).toBe(why);
  });

  it('a mutation is stale when it changes nothing', () => {
    expect(staleness({ ...mutation, to: mutation.from }, 'a < b')).toBe('it changes nothing');
  });
});
