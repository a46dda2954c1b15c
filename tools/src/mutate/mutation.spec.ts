import { describe, expect, it } from 'vitest';
import { type Mutation, applyMutation, stalenessReason } from './mutation.js';

const mutation: Mutation = { name: 'a', file: 'a.ts', from: 'a < b', to: '$& <= b', specs: ['a.spec.ts'] };

describe('a mutation', () => {
  it('a mutation replaces the one occurrence of its old text literally', () => {
    expect(stalenessReason(mutation, 'if (a < b) return;')).toBeUndefined();
    expect(applyMutation(mutation, 'if (a < b) return;')).toBe('if ($& <= b) return;');
  });

  it.each([
    ['if (a > b)', 'its old text occurs 0 times'],
    ['a < b && a < b', 'its old text occurs 2 times'],
  ])('a mutation is stale in %j', (source, why) => {
    expect(stalenessReason(mutation, source)).toBe(why);
  });

  it('a mutation is stale when it changes nothing', () => {
    expect(stalenessReason({ ...mutation, to: mutation.from }, 'a < b')).toBe('it changes nothing');
  });
});
