import { expect, it } from 'vitest';

import { partitionOf } from './partitions.js';

it('an ordering key has the same outbox partition in every release', () => {
  expect([partitionOf('thr_01k9wm3v7hq2b8yjr5xet6c4dn'), partitionOf('')]).toEqual([4, 5]);
});

it('ordering keys are spread over all outbox partitions', () => {
  const used = new Set(Array.from({ length: 500 }, (_, i) => partitionOf(`thr_${i}`)));
  expect([...used].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, i) => i));
});
