import { newId } from '@parley/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningGateway } from '../../testing/running-gateway.js';
import { SendQueue } from '../queue/send-queue.js';
import type { ClaimedSend } from '../send.js';
import { RecordSendOutcome } from '../sending/record-send-outcome.js';
import { SendDueSms } from '../sending/send-due-sms.js';
import { ApplyDelivery } from './apply-delivery.js';
import { AttemptStore } from './attempt-store.js';

let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await RunningGateway.start();
  await gateway.stopLoop(SendDueSms);
});
afterAll(async () => gateway.stop());

/** Queues a text of two parts and claims the first part. */
async function claimedPart(): Promise<ClaimedSend> {
  const { threadId } = await gateway.someThread();
  await gateway.inTransaction((tx) =>
    gateway.get(SendQueue).queue(tx, {
      causedBy: newId('cmd'),
      messageId: newId('msg'),
      threadId,
      parts: ['one', 'two'].map((text) => ({ id: newId('snd'), text })),
      validUntil: new Date(Date.now() + 60_000),
      isOptOutConfirmation: false,
    }),
  );
  const claimed = await gateway.get(SendQueue).claimDue(10, 60_000);
  return claimed.find((send) => send.threadId === threadId)!;
}

/** Both parts as they are stored, with times rounded to ten seconds. */
const stored = ({ threadId }: ClaimedSend) =>
  gateway.query(
    `SELECT part, status, attempt, provider_status, error_code, reason, verdict, listings, absences, follow_up_at,
       send_deadline IS NULL AS "isWithoutDeadline",
       round(extract(epoch FROM CASE WHEN not_before < 'infinity' THEN not_before - clock_timestamp() END) / 10) AS "dueIn"
     FROM send WHERE thread_id = $1 ORDER BY position`,
    [threadId],
  );

const accept = (send: ClaimedSend, providerSid: string) =>
  gateway.get(AttemptStore).accept(send, providerSid, 'queued');

describe('Twilio’s acceptance of a text', () => {
  it('AttemptStore.accept stores the same as ApplyDelivery for an accepted text', async () => {
    const [fast, slow] = [await claimedPart(), await claimedPart()];
    expect(await accept(fast, newId('req'))).toBe(true);
    const { id, claims } = slow;
    const event = {
      kind: 'accepted',
      id,
      claims,
      providerSid: newId('req'),
      providerStatus: 'queued',
    } as const;
    await gateway.get(ApplyDelivery).execute({ event });
    expect(await stored(fast)).toEqual(await stored(slow));
    expect(await stored(fast)).toMatchObject([{ status: 'ACCEPTED' }, { status: 'PENDING', dueIn: '1' }]);
  });

  it('Twilio’s answer to a send changes nothing if a status report was stored first', async () => {
    const send = await claimedPart();
    const providerSid = newId('req');
    await gateway.get(ApplyDelivery).execute({
      event: { kind: 'reported', id: send.id, providerSid, status: 'sent', errorCode: undefined },
    });
    const before = await stored(send);
    expect(await accept(send, providerSid)).toBe(false);
    await gateway
      .get(RecordSendOutcome)
      .execute(send, { kind: 'accepted', providerSid, providerStatus: 'queued' });
    expect(await stored(send)).toEqual(before);
    expect(before).toMatchObject([{ provider_status: 'sent' }, { dueIn: '0' }]);
  });
});
