import { expect, it } from 'vitest';
import { recoveryTimes } from './recovery-times.js';

it("a lane's lease survives one missed renewal", () => {
  expect(recoveryTimes.leaseMs).toBeGreaterThan(2 * recoveryTimes.leaseRenewMs);
});
