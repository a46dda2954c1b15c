import { ConsentChanged, durableOf } from '@parley/contracts';
import { RetryableError } from '@parley/resilience';
import { newId } from '@parley/service-kit';
import { describe, expect, it } from 'vitest';
import { givenOrchestrator, someReceipt, someSms } from '../../testing/orchestrator.js';
import { withPostgres } from '../../testing/servers.js';

withPostgres();

const threadId = newId('thr');
const occurredAt = '2026-01-02T03:04:05.678Z';
const delivery = (sentAt = new Date()) => ({
  consumer: durableOf(ConsentChanged, 'agent-orchestrator'),
  eventId: newId('evt'),
  sentAt,
});
const change = (to: ConsentChanged['change']): ConsentChanged => ({
  threadId,
  change: to,
  via: 'keyword',
  occurredAt,
});

async function given() {
  const orchestrator = await givenOrchestrator();
  const contactEvents = async () =>
    (await orchestrator.read.events()).filter(({ type }) => type.startsWith('evt.contact.'));
  return { ...orchestrator, contactEvents };
}

describe('[S-14] RecordConsent', () => {
  it('an opt-out or opt-in is published once, with the contact and without thread or number', async () => {
    const { receiveSms, recordConsent, contactEvents, database } = await given();
    await receiveSms(someSms({ threadId, answeredBy: 'gateway', text: 'STOP' }), someReceipt());
    const once = delivery();
    await Promise.all(Array.from({ length: 10 }, () => recordConsent.execute(change('opted-out'), once)));
    await recordConsent.execute(change('opted-in'), delivery());
    const [contact] = await database.rows<{ id: string }>('SELECT id FROM contact');
    const data = { contactId: contact!.id, channel: 'sms', via: 'keyword', occurredAt };
    expect((await contactEvents()).map(({ type, data: published }) => ({ type, published }))).toEqual([
      { type: 'evt.contact.opted-out.v1', published: data },
      { type: 'evt.contact.opted-in.v1', published: data },
    ]);
  });

  it('a consent change of an unknown kind is recorded as handled, so that settlement does not publish it again', async () => {
    const { recordConsent, read } = await given();
    expect(await recordConsent.execute(change('unknown'), delivery())).toMatchObject({ kind: 'ignored' });
    expect(await read.count('inbox')).toBe(1);
  });

  it('a consent change of an unknown thread fails with a retryable error, and an hour later with a final one', async () => {
    const { recordConsent } = await given();
    await expect(recordConsent.execute(change('opted-out'), delivery())).rejects.toThrow(RetryableError);
    const anHourAgo = new Date(Date.now() - 3_600_000);
    const givenUp = await recordConsent
      .execute(change('opted-out'), delivery(anHourAgo))
      .catch((error: unknown) => error);
    expect(givenUp).toBeInstanceOf(Error);
    expect(givenUp).not.toBeInstanceOf(RetryableError);
  });
});
