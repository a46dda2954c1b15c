import { expect, it } from 'vitest';
import { scaleTimes } from './recovery-times.js';

it('scaling multiplies every recovery time, and leaves none below a millisecond', () => {
  expect(scaleTimes({ leaseMs: 15_000, pollMs: 1_000 }, 0.1)).toEqual({ leaseMs: 1_500, pollMs: 100 });
  expect(scaleTimes({ leaseMs: 15_000, pollMs: 1_000 }, 0)).toEqual({ leaseMs: 1, pollMs: 1 });
});
