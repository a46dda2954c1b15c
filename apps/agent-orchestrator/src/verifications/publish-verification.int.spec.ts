import { durableOf, VerificationChanged } from '@parley/contracts';
import { newId } from '@parley/service-kit';
import { expect, it } from 'vitest';
import { givenOrchestrator } from '../testing/orchestrator.js';
import { withPostgres } from '../testing/servers.js';

withPostgres();

const delivery = () => ({
  consumer: durableOf(VerificationChanged, 'agent-orchestrator'),
  eventId: newId('evt'),
});
const change = (more: Partial<VerificationChanged>): VerificationChanged => ({
  ...VerificationChanged.schema.parse(VerificationChanged.example),
  ...more,
});

it('[S-07] each change of a verification is published once, without the number', async () => {
  const { publishVerification, read } = await givenOrchestrator();
  const once = delivery();
  for (let time = 0; time < 2; time++) await publishVerification.execute(change({ change: 'started' }), once);
  const others = [
    { change: 'sent', channel: 'sms' },
    { change: 'approved' },
    { change: 'failed', failure: 'too-many-checks' },
    { change: 'expired' },
    { change: 'blocked', limit: 'prefix' },
  ] as const;
  for (const other of others) await publishVerification.execute(change(other), delivery());
  const events = await read.events();
  expect(events.map(({ type }) => type)).toEqual(
    ['started', 'sent', 'approved', 'failed', 'expired', 'blocked'].map(
      (fact) => `evt.verification.${fact}.v1`,
    ),
  );
  expect(events.map(({ data }) => data)).toMatchObject([
    {},
    { channel: 'sms' },
    {},
    { failure: 'too-many-checks' },
    {},
    { limit: 'prefix' },
  ]);
  const { number } = VerificationChanged.example;
  expect(JSON.stringify(events)).not.toContain(number.slice(1));
});

it('a change or a subject of a later release is handled and publishes nothing', async () => {
  const { publishVerification, read } = await givenOrchestrator();
  const later = [change({ change: 'unknown' }), change({ subject: { kind: 'unknown', id: 'x' } })];
  for (const each of later)
    expect(await publishVerification.execute(each, delivery())).toEqual({
      kind: 'ignored',
      reason: 'unknown-change',
    });
  expect(await read.events()).toEqual([]);
  expect(await read.count('inbox')).toBe(2);
});
