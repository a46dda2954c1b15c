import type { E164, ThreadId } from '@parley/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChangeConsent } from '../../consent/change-consent.js';
import { ConsentStore } from '../../consent/consent-store.js';
import { FollowUpDriver, type SendRow } from '../../testing/follow-up-driver.js';
import { messageSid, type RunningGateway } from '../../testing/running-gateway.js';
import type { ClaimedSend } from '../send.js';
import { RecordSendOutcome } from '../sending/record-send-outcome.js';
import { ReconcileUnknownSend } from './reconcile-unknown-send.js';

let gateway: RunningGateway;
let sends: FollowUpDriver;

beforeAll(async () => {
  ({ gateway, sends } = await FollowUpDriver.start({ TWILIO_OPT_OUT_HANDLING: 'off' }));
});
afterAll(async () => gateway.stop());

const taken = (providerSid: string) => ({ kind: 'accepted', providerSid, providerStatus: 'queued' }) as const;

/** A claim whose process froze right after it. */
const frozen = ({ id, attempt: claims }: SendRow, threadId: ThreadId): ClaimedSend => ({
  id,
  claims,
  threadId,
  messageId: undefined,
  to: '+15550000000' as E164,
  from: '+15550000000' as E164,
  text: '',
  validUntilMs: 0,
  consent: 'given',
  isOptOutConfirmation: false,
  hasSuccessor: false,
});
describe('[S-17] a send whose outcome is unknown', () => {
  it('a send with unknown outcome that Twilio lists is accepted, and its status published', async () => {
    const { person, threadId } = await gateway.someThread();
    await sends.loseAnswer(person);
    const [send] = await sends.unknown(threadId, 'there');
    await sends.reconcile(send!.id);
    const [message] = await gateway.simulator.messages({ to: person, direction: 'outbound' });
    expect(await sends.of(threadId)).toMatchObject([
      { status: 'ACCEPTED', provider_sid: message!.sid, provider_status: 'delivered', reason: null },
    ]);
    expect(await gateway.publishedStatuses(threadId)).toEqual([
      ['unconfirmed', 'outcome-unknown'],
      ['delivered', undefined],
    ]);
    expect(
      await gateway.query('SELECT 1 FROM send WHERE id = $1 AND follow_up_at IS NOT NULL', [send!.id]),
    ).toEqual([]);
  });

  it('a send with unknown outcome that is missing in two lists is sent once more, after newer texts, and never a third time', async () => {
    const { person, threadId } = await gateway.someThread();
    await sends.loseText(person);
    const [send] = await sends.unknown(threadId, 'not there');
    await gateway.command(threadId, 'said since');
    await sends.until('the next text', threadId, `provider_status = 'delivered'`);
    await sends.reconcile(send!.id);
    expect(await sends.textsTo(person)).toEqual(['said since']);
    await sends.loseText(person);
    await sends.reconcile(send!.id);
    const [, again] = await sends.until('the second attempt', threadId, `status = 'UNKNOWN'`, 2);
    expect(again).toMatchObject({ retry_of: send!.id, attempt: 1 });
    for (const _ of [1, 2]) await sends.reconcile(again!.id);
    expect(await sends.of(threadId)).toMatchObject([
      { status: 'UNKNOWN', verdict: 'absent' },
      { status: 'ACCEPTED' },
      { status: 'UNKNOWN', verdict: 'absent', reason: 'not-accepted' },
    ]);
    expect(await sends.textsTo(person)).toEqual(['said since']);
    expect((await gateway.publishedStatuses(threadId)).at(-1)).toEqual(['failed', 'not-accepted']);
  });

  it('the repetition of a send with unknown outcome delivers its text', async () => {
    const { person, threadId } = await gateway.someThread();
    await sends.loseText(person);
    const [send] = await sends.unknown(threadId, 'at last');
    for (const _ of [1, 2]) await sends.reconcile(send!.id);
    await sends.until('the delivery', threadId, `provider_status = 'delivered'`);
    expect(await sends.textsTo(person)).toEqual(['at last']);
    expect(await gateway.publishedStatuses(threadId)).toEqual([
      ['unconfirmed', 'outcome-unknown'],
      ['sent', undefined],
      ['delivered', undefined],
    ]);
  });

  it('five processes that reconcile a send at once repeat it once', async () => {
    const { person, threadId } = await gateway.someThread();
    await sends.loseText(person);
    const [send] = await sends.unknown(threadId, 'once');
    await sends.reconcile(send!.id);
    const claimed = await sends.due(send!.id);
    await Promise.all(Array.from({ length: 5 }, () => gateway.get(ReconcileUnknownSend).execute(claimed)));
    await sends.until('the delivery', threadId, `provider_status = 'delivered'`);
    expect(await sends.of(threadId)).toHaveLength(2);
    expect(await sends.textsTo(person)).toEqual(['once']);
  });

  it('two sends with unknown outcome and equal texts are not sent again', async () => {
    const { person, threadId } = await gateway.someThread();
    await sends.loseAnswer(person, 'delivered', 2);
    const [one, other] = [await sends.unknown(threadId, 'OK'), await sends.unknown(threadId, 'OK', 2)];
    for (const _ of [1, 2]) {
      await sends.reconcile(one[0]!.id);
      await sends.reconcile(other[1]!.id);
    }
    expect(await sends.of(threadId)).toMatchObject([
      { status: 'UNKNOWN', verdict: 'ambiguous', provider_sid: null },
      { status: 'UNKNOWN', verdict: 'ambiguous', provider_sid: null },
    ]);
    expect(await sends.textsTo(person)).toEqual(['OK', 'OK']);
    expect((await gateway.publishedStatuses(threadId)).slice(2)).toEqual([
      ['failed', 'outcome-unknown'],
      ['failed', 'outcome-unknown'],
    ]);
  });

  it('reconciling a send attempt does not bind the message of another attempt with the same text', async () => {
    const { person, threadId } = await gateway.someThread();
    await sends.loseText(person);
    const [lost] = await sends.unknown(threadId, 'Yes');
    await sends.loseAnswer(person);
    const [, there] = await sends.unknown(threadId, 'Yes', 2);
    await sends.reconcile(lost!.id);
    expect(await sends.of(threadId)).toMatchObject([
      { status: 'UNKNOWN', verdict: null },
      { status: 'UNKNOWN' },
    ]);
    const [message] = await gateway.simulator.messages({ to: person, direction: 'outbound' });
    await gateway.reportStatus(there!.id, message!.sid, 'delivered');
    await sends.reconcile(lost!.id);
    expect(await sends.of(threadId)).toMatchObject([
      { verdict: 'ambiguous', reason: 'outcome-unknown' },
      { status: 'ACCEPTED', provider_sid: message!.sid },
    ]);
  });

  it.each(['redacted', 'empty'])(
    'a send with unknown outcome is not sent again when Twilio’s list is %s',
    async (mode) => {
      const { person, threadId } = await gateway.someThread();
      await gateway.command(threadId, 'earlier');
      await sends.until('the earlier text', threadId, `provider_status = 'delivered'`);
      await sends.loseAnswer(person);
      const [send] = await sends.unknown(threadId, 'private');
      await gateway.simulator.fault({ kind: 'twilio.list', mode, to: person, times: 2 });
      for (const _ of [1, 2]) await sends.reconcile(send!.id);
      expect((await sends.of(threadId))[1]).toMatchObject({
        verdict: 'ambiguous',
        reason: 'outcome-unknown',
      });
      expect(await sends.textsTo(person)).toEqual(['earlier', 'private']);
      expect((await gateway.publishedStatuses(threadId)).at(-1)).toEqual(['failed', 'outcome-unknown']);
    },
  );

  it('the outcome of a send stays unknown while Twilio’s list is unavailable, for an hour at most', async () => {
    const { person, threadId } = await gateway.someThread();
    await sends.loseText(person);
    const [send] = await sends.unknown(threadId, 'nobody knows');
    await gateway.simulator.fault({ kind: 'twilio.list', mode: '500', to: person, times: 100 });
    await expect(sends.reconcile(send!.id)).rejects.toThrow(/Reading texts from Twilio failed/);
    expect(await sends.of(threadId)).toMatchObject([{ status: 'UNKNOWN', verdict: null }]);
    await gateway.query(`UPDATE send SET send_deadline = now() - interval '61 minutes' WHERE id = $1`, [
      send!.id,
    ]);
    for (const _ of [1, 2]) await sends.reconcile(send!.id);
    expect(await sends.of(threadId)).toMatchObject([{ verdict: 'ambiguous', reason: 'outcome-unknown' }]);
  });

  it('a send with unknown outcome is not sent again after a STOP', async () => {
    const { person, threadId } = await gateway.someThread();
    await sends.loseText(person);
    const [send] = await sends.unknown(threadId, 'unwanted');
    await sends.reconcile(send!.id);
    await sends.optOut(person, threadId);
    await sends.reconcile(send!.id);
    expect((await sends.of(threadId))[0]).toMatchObject({ verdict: 'absent', reason: 'opted-out' });
    expect((await gateway.publishedStatuses(threadId)).at(-1)).toEqual(['failed', 'opted-out']);
    expect(await sends.textsTo(person)).not.toContain('unwanted');
  });

  it('a send with unknown outcome is not sent again after its validity has ended', async () => {
    const { person, threadId } = await gateway.someThread();
    await sends.loseText(person);
    const [send] = await sends.unknown(threadId, 'too late');
    await sends.reconcile(send!.id);
    await gateway.query('UPDATE send SET valid_until = now() WHERE id = $1', [send!.id]);
    await sends.reconcile(send!.id);
    expect(await sends.of(threadId)).toMatchObject([{ verdict: 'absent', reason: 'expired' }]);
  });

  it('a send with unknown outcome is not sent again if its later parts were cancelled', async () => {
    const { person, threadId } = await gateway.someThread();
    await sends.loseText(person);
    const [send] = await sends.unknown(threadId, `${'First '.repeat(200)}. ${'Second '.repeat(200)}.`);
    for (const _ of [1, 2]) await sends.reconcile(send!.id);
    expect(await sends.of(threadId)).toMatchObject([{ verdict: 'absent' }, { status: 'REJECTED' }]);
    expect(await gateway.publishedStatuses(threadId)).toEqual([['failed', 'outcome-unknown']]);
    expect(await sends.textsTo(person)).toEqual([]);
  });
});

describe('[S-17] a process that wakes up after the search', () => {
  it('a frozen process that wakes up late does not change a send that was found in Twilio’s list', async () => {
    const { person, threadId } = await gateway.someThread();
    await sends.loseAnswer(person);
    const [send] = await sends.unknown(threadId, 'found');
    await sends.reconcile(send!.id);
    const found = await sends.of(threadId);
    const late = frozen(send!, threadId);
    await gateway.get(RecordSendOutcome).execute(late, { kind: 'rejected', errorCode: '30007' });
    await gateway.get(RecordSendOutcome).execute(late, { kind: 'unknown', detail: 'late' });
    await gateway.get(RecordSendOutcome).execute(late, { kind: 'retry', delayMs: 0 });
    await gateway.get(RecordSendOutcome).execute(late, taken('SM-other'));
    expect(await sends.of(threadId)).toEqual(found);
    expect((await gateway.publishedStatuses(threadId)).at(-1)).toEqual(['delivered', undefined]);
  });

  it('a frozen process that wakes up late does not fail a text that was sent again', async () => {
    const { person, threadId } = await gateway.someThread();
    await sends.loseText(person);
    const [send] = await sends.unknown(threadId, 'again');
    for (const _ of [1, 2]) await sends.reconcile(send!.id);
    await sends.until('the delivery', threadId, `provider_status = 'delivered'`);
    const late = frozen(send!, threadId);
    await gateway.get(RecordSendOutcome).execute(late, { kind: 'rejected', errorCode: '30007' });
    await gateway.get(RecordSendOutcome).execute(late, taken('SM-late'));
    expect((await sends.of(threadId))[0]).toMatchObject({
      status: 'UNKNOWN',
      verdict: 'absent',
      provider_sid: 'SM-late',
      error_code: null,
    });
    expect((await gateway.publishedStatuses(threadId)).at(-1)).toEqual(['delivered', undefined]);
  });

  it('Twilio’s late refusal rejects a send with unknown outcome that was not looked up yet', async () => {
    const { person, threadId } = await gateway.someThread();
    await sends.loseText(person);
    const [send] = await sends.unknown(threadId, 'refused late');
    await gateway
      .get(RecordSendOutcome)
      .execute(frozen(send!, threadId), { kind: 'rejected', errorCode: '30007' });
    expect(await sends.of(threadId)).toMatchObject([{ status: 'REJECTED', error_code: '30007' }]);
    await gateway
      .get(RecordSendOutcome)
      .execute({ ...frozen(send!, threadId), claims: 0 }, { kind: 'rejected', errorCode: '21211' });
    expect(await sends.of(threadId)).toMatchObject([{ error_code: '30007' }]);
  });
});
describe('[S-14] an opt-out and a second attempt', () => {
  it('a send with unknown outcome is not repeated if an opt-out commits first', async () => {
    const { person, threadId } = await gateway.someThread();
    await sends.loseText(person);
    const [send] = await sends.unknown(threadId, 'too late');
    await sends.reconcile(send!.id);
    const claimed = await sends.due(send!.id);
    let concluding: Promise<void> | undefined;
    await gateway.inTransaction(async (tx) => {
      await gateway.get(ConsentStore).lock(tx, person);
      await gateway.get(ChangeConsent).execute(tx, threadId, 'opted-out');
      concluding = gateway.get(ReconcileUnknownSend).execute(claimed);
      await gateway.eventually(
        'the second attempt to wait',
        `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FROM recipient%'`,
      );
    });
    await concluding;
    expect(await sends.of(threadId)).toMatchObject([{ verdict: 'absent', reason: 'opted-out' }]);
  });

  it('a repetition that was queued before an opt-out is refused when it is claimed', async () => {
    const { person, threadId } = await gateway.someThread();
    await sends.loseText(person);
    const [send] = await sends.unknown(threadId, 'made, not sent');
    await sends.reconcile(send!.id);
    const claimed = await sends.due(send!.id);
    // The first send of the thread waits, so that nothing is claimed before the opt-out.
    await gateway.simulator.fault({ kind: 'twilio.create', mode: '429', retryAfter: 3_600, to: person });
    await gateway.command(threadId, 'in front');
    await sends.until('the first to wait', threadId, `status = 'PENDING' AND attempt = 1`);
    await gateway.get(ReconcileUnknownSend).execute(claimed);
    expect(await sends.of(threadId)).toMatchObject([{}, {}, { status: 'PENDING', retry_of: send!.id }]);
    await sends.optOut(person, threadId);
    await gateway.query(`UPDATE send SET not_before = now() WHERE thread_id = $1 AND status = 'PENDING'`, [
      threadId,
    ]);
    await sends.until('both to be refused', threadId, `status = 'REJECTED' AND reason = 'opted-out'`, 2);
    expect(await sends.textsTo(person)).not.toContain('made, not sent');
  });
});

it('[S-17] a status report that arrives while a send is being reconciled prevents its repetition', async () => {
  const { person, threadId } = await gateway.someThread();
  await sends.loseText(person);
  const [send] = await sends.unknown(threadId, 'both');
  await gateway.simulator.fault({ kind: 'twilio.create', mode: '400', code: 30007, to: person });
  await sends.reconcile(send!.id);
  const claimed = await sends.due(send!.id);
  await gateway.reportStatus(send!.id, messageSid(), 'delivered');
  await gateway.get(ReconcileUnknownSend).execute(claimed);
  expect(await sends.of(threadId)).toMatchObject([{ status: 'ACCEPTED', provider_status: 'delivered' }]);
  expect((await gateway.publishedStatuses(threadId)).at(-1)).toEqual(['delivered', undefined]);
});
