import { expect, it } from 'vitest';
import { persistenceTimes } from './persistence-times.js';

it('an outbox lease survives one missed renewal', () => {
  expect(persistenceTimes.leaseMs).toBeGreaterThan(2 * persistenceTimes.leaseRenewMs);
});
