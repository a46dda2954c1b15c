import { expect, it } from 'vitest';

import { recoveryTimes, scaled } from './recovery-times.js';

it('recovery times shrink together, and never to nothing', () => {
  expect(scaled(recoveryTimes, 0.1)).toMatchObject({ leaseMs: 1_500, pollMs: 100 });
  expect(Object.values(scaled(recoveryTimes, 0))).toSatisfy((times: number[]) =>
    times.every((ms) => ms === 1),
  );
});

it('a lease survives the loss of a renewal', () => {
  expect(recoveryTimes.leaseMs).toBeGreaterThan(2 * recoveryTimes.leaseRenewMs);
});
