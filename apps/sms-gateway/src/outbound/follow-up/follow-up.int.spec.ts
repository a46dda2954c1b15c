import type { E164, SendId, ThreadId } from '@parley/kernel';
import { Transactions } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChangeConsent } from '../../consent/change-consent.js';
import { ConsentStore } from '../../consent/consent-store.js';
import { inboundParams, RunningGateway } from '../../testing/running-gateway.js';
import { ApplyDelivery } from '../delivery/apply-delivery.js';
import type { ClaimedSend, FollowedUpSend } from '../send.js';
import { RecordSendOutcome } from '../sending/record-send-outcome.js';
import { FollowUpSends } from './follow-up-sends.js';
import { FollowUpStore } from './follow-up-store.js';
import { PollQuietSends } from './poll-quiet-sends.js';
import { ReconcileUnknownSend } from './reconcile-unknown-send.js';

interface SendRow {
  id: SendId;
  status: string;
  attempt: number;
  provider_sid: string | null;
  provider_status: string | null;
  error_code: string | null;
  reason: string | null;
  verdict: string | null;
  retry_of: SendId | null;
}

let gateway: RunningGateway;

const HOUR_MS = 3_600_000;

beforeAll(async () => {
  gateway = await RunningGateway.start({ TWILIO_OPT_OUT_HANDLING: 'off' });
  await part(FollowUpSends).beforeApplicationShutdown();
});
afterAll(async () => gateway.stop());

function part<T>(token: abstract new (...args: never[]) => T): T {
  return gateway.app.get(token as never, { strict: false });
}

const sendsOf = (threadId: string) =>
  gateway.query<SendRow>('SELECT * FROM send WHERE thread_id = $1 ORDER BY position', [threadId]);
const until = (what: string, threadId: string, condition: string, count = 1) =>
  gateway.eventually<SendRow>(
    what,
    `SELECT * FROM send WHERE thread_id = $1 AND ${condition}
       AND (SELECT count(*) FROM send WHERE thread_id = $1 AND ${condition}) >= $2 ORDER BY position`,
    [threadId, count],
  );
const published = async (threadId: string) =>
  (await gateway.statusEvents(threadId)).map(({ status, errorCode, reason }) => [
    status,
    errorCode ?? reason,
  ]);
const textsTo = async (person: string) =>
  (await gateway.simulator.messages({ to: person, direction: 'outbound', waitMs: 0 })).map(
    ({ body }) => body,
  );

/** The vendor accepts the text and lists it, but its answer and all reports are lost. */
async function lostAnswer(person: string, status = 'delivered', times = 1): Promise<void> {
  const script = [{ status, posted: false }];
  await gateway.simulator.fault({ kind: 'status-callbacks', script, to: person, times });
  await gateway.simulator.fault({ kind: 'twilio.create', mode: 'accept-then-reset', to: person, times });
}

/** The vendor does not get the text, and its answer is lost. */
async function lostText(person: string, times = 1): Promise<void> {
  await gateway.simulator.fault({ kind: 'twilio.create', mode: '500', to: person, times });
}

async function unknownSend(threadId: string, text: string, count = 1): Promise<SendRow[]> {
  await gateway.command(threadId, text);
  return until('the outcome to be unknown', threadId, `status = 'UNKNOWN'`, count);
}

/** Makes a follow-up due at once and claims it. */
async function due(id: SendId): Promise<FollowedUpSend> {
  const waiting = await gateway.query(
    `UPDATE send SET follow_up_at = '-infinity' WHERE id = $1 AND follow_up_at IS NOT NULL RETURNING 1`,
    [id],
  );
  expect(waiting).toHaveLength(1);
  const claimed = await part(FollowUpStore).claim(100, HOUR_MS);
  return claimed.find((send) => send.id === id)!;
}

const look = async (id: SendId) => part(ReconcileUnknownSend).execute(await due(id));
const repeatNow = (send: FollowedUpSend) =>
  part(ApplyDelivery).execute({ event: { kind: 'retry-due', id: send.id }, send });
const repeat = async (id: SendId) => repeatNow(await due(id));

async function optOut(person: string, threadId: ThreadId): Promise<void> {
  await gateway.post('/webhook/sms', inboundParams(person, 'STOP'));
  expect((await gateway.statusEvents(threadId, 'sms.consent-changed')).at(-1)).toMatchObject({
    change: 'opted-out',
  });
}

const taken = (providerSid: string) => ({ kind: 'accepted', providerSid, providerStatus: 'queued' }) as const;

/** The claim of a process that froze right after it. */
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
  it('an unknown send that the vendor lists is accepted, and its status published', async () => {
    const { person, threadId } = await gateway.someThread();
    await lostAnswer(person);
    const [send] = await unknownSend(threadId, 'there');
    await look(send!.id);
    const [message] = await gateway.simulator.messages({ to: person, direction: 'outbound' });
    expect(await sendsOf(threadId)).toMatchObject([
      { status: 'ACCEPTED', provider_sid: message!.sid, provider_status: 'delivered', reason: null },
    ]);
    expect(await published(threadId)).toEqual([
      ['unconfirmed', 'outcome-unknown'],
      ['delivered', undefined],
    ]);
    expect(
      await gateway.query('SELECT 1 FROM send WHERE id = $1 AND follow_up_at IS NOT NULL', [send!.id]),
    ).toEqual([]);
  });

  it('an unknown send that two lists do not show is sent once more, behind newer texts, and never a third time', async () => {
    const { person, threadId } = await gateway.someThread();
    await lostText(person);
    const [send] = await unknownSend(threadId, 'not there');
    await gateway.command(threadId, 'said since');
    await until('the next text', threadId, `provider_status = 'delivered'`);
    await look(send!.id);
    expect(await textsTo(person)).toEqual(['said since']);
    await lostText(person);
    await look(send!.id);
    const [, again] = await until('the second attempt', threadId, `status = 'UNKNOWN'`, 2);
    expect(again).toMatchObject({ retry_of: send!.id, attempt: 1 });
    for (const _ of [1, 2]) await look(again!.id);
    expect(await sendsOf(threadId)).toMatchObject([
      { status: 'UNKNOWN', verdict: 'absent' },
      { status: 'ACCEPTED' },
      { status: 'UNKNOWN', verdict: 'absent', reason: 'not-accepted' },
    ]);
    expect(await textsTo(person)).toEqual(['said since']);
    expect((await published(threadId)).at(-1)).toEqual(['failed', 'not-accepted']);
  });

  it('an unknown send is delivered by its repetition', async () => {
    const { person, threadId } = await gateway.someThread();
    await lostText(person);
    const [send] = await unknownSend(threadId, 'at last');
    for (const _ of [1, 2]) await look(send!.id);
    await until('the delivery', threadId, `provider_status = 'delivered'`);
    expect(await textsTo(person)).toEqual(['at last']);
    expect(await published(threadId)).toEqual([
      ['unconfirmed', 'outcome-unknown'],
      ['sent', undefined],
      ['delivered', undefined],
    ]);
  });

  it('many processes that reconcile a send at once make one repetition', async () => {
    const { person, threadId } = await gateway.someThread();
    await lostText(person);
    const [send] = await unknownSend(threadId, 'once');
    await look(send!.id);
    const claimed = await due(send!.id);
    await Promise.all(Array.from({ length: 5 }, () => part(ReconcileUnknownSend).execute(claimed)));
    await until('the delivery', threadId, `provider_status = 'delivered'`);
    expect(await sendsOf(threadId)).toHaveLength(2);
    expect(await textsTo(person)).toEqual(['once']);
  });

  it('an unknown send is not sent again when two texts are equal', async () => {
    const { person, threadId } = await gateway.someThread();
    await lostAnswer(person, 'delivered', 2);
    const [one, other] = [await unknownSend(threadId, 'OK'), await unknownSend(threadId, 'OK', 2)];
    for (const _ of [1, 2]) {
      await look(one[0]!.id);
      await look(other[1]!.id);
    }
    expect(await sendsOf(threadId)).toMatchObject([
      { status: 'UNKNOWN', verdict: 'ambiguous', provider_sid: null },
      { status: 'UNKNOWN', verdict: 'ambiguous', provider_sid: null },
    ]);
    expect(await textsTo(person)).toEqual(['OK', 'OK']);
    expect((await published(threadId)).slice(2)).toEqual([
      ['failed', 'outcome-unknown'],
      ['failed', 'outcome-unknown'],
    ]);
  });

  it('an unknown send is not confused with an equal text that is being sent', async () => {
    const { person, threadId } = await gateway.someThread();
    await lostText(person);
    const [lost] = await unknownSend(threadId, 'Yes');
    await lostAnswer(person);
    const [, there] = await unknownSend(threadId, 'Yes', 2);
    await look(lost!.id);
    expect(await sendsOf(threadId)).toMatchObject([
      { status: 'UNKNOWN', verdict: null },
      { status: 'UNKNOWN' },
    ]);
    const [message] = await gateway.simulator.messages({ to: person, direction: 'outbound' });
    await gateway.post(`/webhooks/twilio/sms-status?send=${there!.id}`, {
      MessageSid: message!.sid,
      AccountSid: `AC${'0'.repeat(32)}`,
      MessageStatus: 'delivered',
    });
    await look(lost!.id);
    expect(await sendsOf(threadId)).toMatchObject([
      { verdict: 'ambiguous', reason: 'outcome-unknown' },
      { status: 'ACCEPTED', provider_sid: message!.sid },
    ]);
  });

  it.each(['redacted', 'empty'])('an unknown send is not sent again when the list is %s', async (mode) => {
    const { person, threadId } = await gateway.someThread();
    await gateway.command(threadId, 'earlier');
    await until('the earlier text', threadId, `provider_status = 'delivered'`);
    await lostAnswer(person);
    const [send] = await unknownSend(threadId, 'private');
    await gateway.simulator.fault({ kind: 'twilio.list', mode, to: person, times: 2 });
    for (const _ of [1, 2]) await look(send!.id);
    expect((await sendsOf(threadId))[1]).toMatchObject({ verdict: 'ambiguous', reason: 'outcome-unknown' });
    expect(await textsTo(person)).toEqual(['earlier', 'private']);
    expect((await published(threadId)).at(-1)).toEqual(['failed', 'outcome-unknown']);
  });

  it('a send stays unknown while the list is unavailable, for an hour at most', async () => {
    const { person, threadId } = await gateway.someThread();
    await lostText(person);
    const [send] = await unknownSend(threadId, 'nobody knows');
    await gateway.simulator.fault({ kind: 'twilio.list', mode: '500', to: person, times: 100 });
    await expect(look(send!.id)).rejects.toThrow(/does not list/);
    expect(await sendsOf(threadId)).toMatchObject([{ status: 'UNKNOWN', verdict: null }]);
    await gateway.query(`UPDATE send SET send_deadline = now() - interval '61 minutes' WHERE id = $1`, [
      send!.id,
    ]);
    for (const _ of [1, 2]) await look(send!.id);
    expect(await sendsOf(threadId)).toMatchObject([{ verdict: 'ambiguous', reason: 'outcome-unknown' }]);
  });

  it('an unknown send is not sent again after a STOP', async () => {
    const { person, threadId } = await gateway.someThread();
    await lostText(person);
    const [send] = await unknownSend(threadId, 'unwanted');
    await look(send!.id);
    await optOut(person, threadId);
    await look(send!.id);
    expect((await sendsOf(threadId))[0]).toMatchObject({ verdict: 'absent', reason: 'opted-out' });
    expect((await published(threadId)).at(-1)).toEqual(['failed', 'opted-out']);
    expect(await textsTo(person)).not.toContain('unwanted');
  });

  it('an unknown send is not sent again when its validity has ended', async () => {
    const { person, threadId } = await gateway.someThread();
    await lostText(person);
    const [send] = await unknownSend(threadId, 'too late');
    await look(send!.id);
    await gateway.query('UPDATE send SET valid_until = now() WHERE id = $1', [send!.id]);
    await look(send!.id);
    expect(await sendsOf(threadId)).toMatchObject([{ verdict: 'absent', reason: 'expired' }]);
  });

  it('an unknown send whose later parts were cancelled is not sent again', async () => {
    const { person, threadId } = await gateway.someThread();
    await lostText(person);
    const [send] = await unknownSend(threadId, `${'First '.repeat(200)}. ${'Second '.repeat(200)}.`);
    for (const _ of [1, 2]) await look(send!.id);
    expect(await sendsOf(threadId)).toMatchObject([{ verdict: 'absent' }, { status: 'REJECTED' }]);
    expect(await published(threadId)).toEqual([['failed', 'outcome-unknown']]);
    expect(await textsTo(person)).toEqual([]);
  });
});

describe('[S-17] a process that wakes up after the search', () => {
  it('a process that wakes up late changes nothing of a send that was found', async () => {
    const { person, threadId } = await gateway.someThread();
    await lostAnswer(person);
    const [send] = await unknownSend(threadId, 'found');
    await look(send!.id);
    const found = await sendsOf(threadId);
    const late = frozen(send!, threadId);
    await part(RecordSendOutcome).execute(late, { kind: 'rejected', errorCode: '30007' });
    await part(RecordSendOutcome).execute(late, { kind: 'unknown', detail: 'late' });
    await part(RecordSendOutcome).execute(late, { kind: 'retry', delayMs: 0 });
    await part(RecordSendOutcome).execute(late, taken('SM-other'));
    expect(await sendsOf(threadId)).toEqual(found);
    expect((await published(threadId)).at(-1)).toEqual(['delivered', undefined]);
  });

  it('a process that wakes up late does not fail a text that was sent again', async () => {
    const { person, threadId } = await gateway.someThread();
    await lostText(person);
    const [send] = await unknownSend(threadId, 'again');
    for (const _ of [1, 2]) await look(send!.id);
    await until('the delivery', threadId, `provider_status = 'delivered'`);
    const late = frozen(send!, threadId);
    await part(RecordSendOutcome).execute(late, { kind: 'rejected', errorCode: '30007' });
    await part(RecordSendOutcome).execute(late, taken('SM-late'));
    expect((await sendsOf(threadId))[0]).toMatchObject({
      status: 'UNKNOWN',
      verdict: 'absent',
      provider_sid: 'SM-late',
      error_code: null,
    });
    expect((await published(threadId)).at(-1)).toEqual(['delivered', undefined]);
  });

  it('a late answer still counts before the first list', async () => {
    const { person, threadId } = await gateway.someThread();
    await lostText(person);
    const [send] = await unknownSend(threadId, 'refused late');
    await part(RecordSendOutcome).execute(frozen(send!, threadId), { kind: 'rejected', errorCode: '30007' });
    expect(await sendsOf(threadId)).toMatchObject([{ status: 'REJECTED', error_code: '30007' }]);
    await part(RecordSendOutcome).execute(
      { ...frozen(send!, threadId), claims: 0 },
      { kind: 'rejected', errorCode: '21211' },
    );
    expect(await sendsOf(threadId)).toMatchObject([{ error_code: '30007' }]);
  });
});

describe('[S-16] a text that the carrier could not deliver', () => {
  const failsWith = (person: string, errorCode: number, times = 1) =>
    gateway.simulator.fault({
      kind: 'status-callbacks',
      script: [{ status: 'sent' }, { status: 'undelivered', errorCode, afterMs: 50 }],
      to: person,
      times,
    });
  const undelivered = (threadId: string, count = 1) =>
    until('it to be undelivered', threadId, `provider_status = 'undelivered'`, count);

  it.each([30001, 30003])(
    'a text that failed with %i is repeated once, and nothing is published before',
    async (errorCode) => {
      const { person, threadId } = await gateway.someThread();
      await failsWith(person, errorCode);
      await gateway.command(threadId, 'twice', HOUR_MS);
      const [first] = await undelivered(threadId);
      expect((await published(threadId)).filter(([status]) => status !== 'sent')).toEqual([]);
      await repeat(first!.id);
      await until('the delivery', threadId, `provider_status = 'delivered'`);
      expect(await textsTo(person)).toEqual(['twice', 'twice']);
      expect((await sendsOf(threadId))[1]).toMatchObject({ retry_of: first!.id });
      expect((await published(threadId)).at(-1)).toEqual(['delivered', undefined]);
    },
  );

  it('a text that could not be delivered twice has failed', async () => {
    const { person, threadId } = await gateway.someThread();
    await failsWith(person, 30003, 2);
    await gateway.command(threadId, 'in vain', HOUR_MS);
    const [first] = await undelivered(threadId);
    const claimed = await due(first!.id);
    await Promise.all(Array.from({ length: 5 }, () => repeatNow(claimed)));
    await undelivered(threadId, 2);
    expect((await published(threadId)).at(-1)).toEqual(['undelivered', '30003']);
    expect(await sendsOf(threadId)).toHaveLength(2);
    expect(
      await gateway.query('SELECT 1 FROM send WHERE thread_id = $1 AND follow_up_at IS NOT NULL', [threadId]),
    ).toEqual([]);
  });

  it('a text that failed with 30008 is not repeated, since it may have been delivered', async () => {
    const { person, threadId } = await gateway.someThread();
    await failsWith(person, 30008);
    await gateway.command(threadId, 'perhaps', HOUR_MS);
    await undelivered(threadId);
    expect(
      await gateway.query('SELECT 1 FROM send WHERE thread_id = $1 AND follow_up_at IS NOT NULL', [threadId]),
    ).toEqual([]);
    expect((await published(threadId)).at(-1)).toEqual(['undelivered', '30008']);
  });

  it('a text is not repeated after its validity, and has failed then', async () => {
    const { person, threadId } = await gateway.someThread();
    await failsWith(person, 30003);
    await gateway.command(threadId, 'too late', HOUR_MS);
    const [first] = await undelivered(threadId);
    await gateway.query('UPDATE send SET valid_until = now() WHERE id = $1', [first!.id]);
    await repeat(first!.id);
    expect(await sendsOf(threadId)).toHaveLength(1);
    expect((await published(threadId)).at(-1)).toEqual(['undelivered', '30003']);
  });

  it('a text is not repeated after a STOP, and has failed then', async () => {
    const { person, threadId } = await gateway.someThread();
    await failsWith(person, 30003);
    await gateway.command(threadId, 'unwanted', HOUR_MS);
    const [first] = await undelivered(threadId);
    await optOut(person, threadId);
    await repeat(first!.id);
    expect((await published(threadId)).at(-1)).toEqual(['undelivered', '30003']);
    expect((await textsTo(person)).filter((text) => text === 'unwanted')).toHaveLength(1);
  });
});

describe('[S-16] a text whose last reports were lost', () => {
  const MINUTE_MS = 60_000;
  const ask = () => part(PollQuietSends).run(new AbortController().signal);
  const ageBy = (threadId: ThreadId, ms: number) =>
    gateway.query(
      `UPDATE send SET send_deadline = send_deadline - $2 * interval '1 ms',
         asked_at = asked_at - $2 * interval '1 ms' WHERE thread_id = $1`,
      [threadId, ms],
    );
  const askedAt = async (threadId: ThreadId) =>
    (
      await gateway.query<{ at: string }>('SELECT asked_at::text AS at FROM send WHERE thread_id = $1', [
        threadId,
      ])
    )[0]!.at;
  /** Whether its status is fetched now. */
  async function isAskedFor(threadId: ThreadId): Promise<boolean> {
    const before = await askedAt(threadId);
    await ask();
    return (await askedAt(threadId)) !== before;
  }

  it('a text without a final report is fetched after a while, and its status published', async () => {
    const { person, threadId } = await gateway.someThread();
    const script = [{ status: 'sent' }, { status: 'delivered', posted: false, afterMs: 50 }];
    await gateway.simulator.fault({ kind: 'status-callbacks', script, to: person });
    await gateway.command(threadId, 'quiet', HOUR_MS);
    await until('the text to be sent', threadId, `provider_status = 'sent'`);
    await gateway.simulator.messages({ to: person, status: 'delivered' });
    await ask();
    expect(await published(threadId)).toEqual([['sent', undefined]]);
    await ageBy(threadId, 16 * MINUTE_MS);
    await ask();
    expect(await published(threadId)).toEqual([
      ['sent', undefined],
      ['delivered', undefined],
    ]);
    await ageBy(threadId, 16 * MINUTE_MS);
    expect(await isAskedFor(threadId)).toBe(false);
  });

  it('a text with only a first report does not stay unconfirmed', async () => {
    const { person, threadId } = await gateway.someThread();
    await lostAnswer(person);
    const [send] = await unknownSend(threadId, 'queued at least');
    const [message] = await gateway.simulator.messages({ to: person, direction: 'outbound' });
    await gateway.post(`/webhooks/twilio/sms-status?send=${send!.id}`, {
      MessageSid: message!.sid,
      AccountSid: `AC${'0'.repeat(32)}`,
      MessageStatus: 'queued',
    });
    expect(await published(threadId)).toEqual([['unconfirmed', 'outcome-unknown']]);
    await ageBy(threadId, 16 * MINUTE_MS);
    await ask();
    expect((await published(threadId)).at(-1)).toEqual(['delivered', undefined]);
  });

  it('a text without a final report is fetched less and less often, and not for ever', async () => {
    const { person, threadId } = await gateway.someThread();
    await gateway.simulator.fault({ kind: 'status-callbacks', script: [{ status: 'sent' }], to: person });
    await gateway.command(threadId, 'never told of', HOUR_MS);
    await until('the text to be sent', threadId, `provider_status = 'sent'`);
    const askedAfter: number[] = [];
    for (let minutes = 0; minutes < 600; minutes += 10) {
      if (await isAskedFor(threadId)) askedAfter.push(minutes);
      await ageBy(threadId, 10 * MINUTE_MS);
    }
    expect(askedAfter).toEqual([20, 40, 80, 160]);
    expect(await published(threadId)).toEqual([['sent', undefined]]);
  });
});

describe('[S-14] an opt-out and a second attempt', () => {
  it('no repetition is made after an opt-out commits', async () => {
    const { person, threadId } = await gateway.someThread();
    await lostText(person);
    const [send] = await unknownSend(threadId, 'too late');
    await look(send!.id);
    const claimed = await due(send!.id);
    let concluding: Promise<void> | undefined;
    await part(Transactions).run(async (tx) => {
      await part(ConsentStore).lock(tx, person);
      await part(ChangeConsent).execute(tx, threadId, 'opted-out');
      concluding = part(ReconcileUnknownSend).execute(claimed);
      await gateway.eventually(
        'the second attempt to wait',
        `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FROM recipient%'`,
      );
    });
    await concluding;
    expect(await sendsOf(threadId)).toMatchObject([{ verdict: 'absent', reason: 'opted-out' }]);
  });

  it('the claim of a repetition sees an opt-out that came after it was made', async () => {
    const { person, threadId } = await gateway.someThread();
    await lostText(person);
    const [send] = await unknownSend(threadId, 'made, not sent');
    await look(send!.id);
    const claimed = await due(send!.id);
    // The first send of the thread waits, so that nothing is claimed before the opt-out.
    await gateway.simulator.fault({ kind: 'twilio.create', mode: '429', retryAfter: 3_600, to: person });
    await gateway.command(threadId, 'in front');
    await until('the first to wait', threadId, `status = 'PENDING' AND attempt = 1`);
    await part(ReconcileUnknownSend).execute(claimed);
    expect(await sendsOf(threadId)).toMatchObject([{}, {}, { status: 'PENDING', retry_of: send!.id }]);
    await optOut(person, threadId);
    await gateway.query(`UPDATE send SET not_before = now() WHERE thread_id = $1 AND status = 'PENDING'`, [
      threadId,
    ]);
    await until('both to be refused', threadId, `status = 'REJECTED' AND reason = 'opted-out'`, 2);
    expect(await textsTo(person)).not.toContain('made, not sent');
  });
});

it('[S-17] a report on a send counts although its repetition was about to be made', async () => {
  const { person, threadId } = await gateway.someThread();
  await lostText(person);
  const [send] = await unknownSend(threadId, 'both');
  await gateway.simulator.fault({ kind: 'twilio.create', mode: '400', code: 30007, to: person });
  await look(send!.id);
  const claimed = await due(send!.id);
  await gateway.post(`/webhooks/twilio/sms-status?send=${send!.id}`, {
    MessageSid: `SM${newId('req')
      .replace(/\W|_|[g-z]/g, '0')
      .padEnd(32, '0')
      .slice(0, 32)}`,
    AccountSid: `AC${'0'.repeat(32)}`,
    MessageStatus: 'delivered',
  });
  await part(ReconcileUnknownSend).execute(claimed);
  expect(await sendsOf(threadId)).toMatchObject([{ status: 'ACCEPTED', provider_status: 'delivered' }]);
  expect((await published(threadId)).at(-1)).toEqual(['delivered', undefined]);
});
