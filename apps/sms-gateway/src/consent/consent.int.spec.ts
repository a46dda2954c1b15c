import { defaultAgentTexts } from '@parley/contracts';
import type { ThreadId } from '@parley/kernel';
import { Transactions } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import type { Consent } from '@parley/sms-policy';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InboundSms } from '../inbound/text/inbound-sms.js';
import { ReceiveSms } from '../inbound/receive-sms.js';
import { SendQueue } from '../outbound/queue/send-queue.js';
import type { ClaimedSend } from '../outbound/send.js';
import { RecordSendOutcome } from '../outbound/sending/record-send-outcome.js';
import { SendDueSms } from '../outbound/sending/send-due-sms.js';
import {
  inboundParams,
  messageSid,
  OTHER_OWN_NUMBER,
  OWN_NUMBER,
  RunningGateway,
} from '../testing/running-gateway.js';
import { ConsentStore } from './consent-store.js';
import { someMessage } from '../testing/some-message.js';

const KEYWORD_REPLIES = defaultAgentTexts(['en']);

let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await RunningGateway.start({ RECOVERY_TIME_SCALE: '0.3', TWILIO_OPT_OUT_HANDLING: 'off' });
});
afterAll(async () => gateway.stop());

async function postText(person: string, body: string, more: Record<string, string> = {}): Promise<void> {
  const { status } = await gateway.post('/webhook/sms', { ...inboundParams(person, body), ...more });
  expect(status).toBe(200);
}

const decisions = async (threadId: string) =>
  (
    await gateway.query<{ decision: string }>(
      'SELECT decision FROM inbound_sms WHERE thread_id = $1 ORDER BY thread_seq',
      [threadId],
    )
  ).map(({ decision }) => decision);
const changes = async (threadId: string) =>
  (await gateway.statusEvents(threadId, 'sms.consent-changed')).map(({ change, via }) => [change, via]);
const answeredBy = async (threadId: string) =>
  (await gateway.statusEvents(threadId, 'sms.received')).map((event) => event['answeredBy']);
const untilRefusedByUs = (threadId: string, count: number) =>
  gateway.eventually(
    'sends to be refused',
    `SELECT 1 FROM send WHERE thread_id = $1 AND status = 'REJECTED' AND reason = 'opted-out' OFFSET $2`,
    [threadId, count - 1],
  );

describe('[S-14] STOP', () => {
  it('a STOP is published and confirmed once, and no other text is sent until a START', async () => {
    const { person, threadId } = await gateway.someThread();
    await postText(person, 'STOP');
    await postText(person, 'stop');
    await gateway.command(threadId, 'you will not get this');
    await untilRefusedByUs(threadId, 1);
    await postText(person, 'HELP');
    await postText(person, 'Are you there?');
    expect(await gateway.simulator.repliesTo(person)).toEqual([KEYWORD_REPLIES.stop]);
    expect(await gateway.statusEvents(threadId)).toMatchObject([{ status: 'failed', reason: 'opted-out' }]);

    await postText(person, 'Yes');
    await gateway.command(threadId, 'welcome back');
    expect(await gateway.simulator.repliesTo(person, 3)).toEqual([
      KEYWORD_REPLIES.stop,
      KEYWORD_REPLIES.start,
      'welcome back',
    ]);
    expect(await changes(threadId)).toEqual([
      ['opted-out', 'keyword'],
      ['opted-in', 'keyword'],
    ]);
    expect(await decisions(threadId)).toEqual(['forward', 'opt-out', 'opt-out', 'answer', 'opt-in']);
    expect(await answeredBy(threadId)).toEqual([undefined, 'gateway', 'gateway', 'gateway', 'gateway']);
  });

  it('a STOP that the carrier marks as handled is not answered by the gateway', async () => {
    const { person, threadId } = await gateway.someThread();
    await postText(person, 'ARRET', { OptOutType: 'STOP' });
    await gateway.command(threadId, 'you will not get this');
    await untilRefusedByUs(threadId, 1);
    expect(await gateway.simulator.messages({ to: person, direction: 'outbound', waitMs: 0 })).toEqual([]);
    expect(await answeredBy(threadId)).toEqual([undefined, 'carrier']);
  });

  it('a STOP on one of our lines applies to all of them', async () => {
    const { person, threadId } = await gateway.someThread();
    const other = { ...inboundParams(person, 'STOP'), To: '+15550009998' };
    expect((await gateway.post('/webhook/sms', other)).status).toBe(200);
    await gateway.command(threadId, 'you will not get this');
    await untilRefusedByUs(threadId, 1);
  });

  it('a STOP from an unknown person is recorded: their next text is ignored as opted-out', async () => {
    const person = '+15550409999';
    await postText(person, 'STOP');
    await postText(person, 'Hello');
    const [ignored] = await gateway.query<{ reason: string }>(
      `SELECT reason FROM inbound_sms WHERE decision = 'ignore' ORDER BY received_at DESC LIMIT 1`,
    );
    expect(ignored).toEqual({ reason: 'opted-out' });
  });

  it('a STOP that Twilio posts 20 times at once is handled once', async () => {
    const { person, threadId } = await gateway.someThread();
    const params = inboundParams(person, 'STOP');
    const answers = await Promise.all(Array.from({ length: 20 }, () => gateway.post('/webhook/sms', params)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await changes(threadId)).toEqual([['opted-out', 'keyword']]);
    expect(await gateway.simulator.repliesTo(person)).toEqual([KEYWORD_REPLIES.stop]);
  });
});

describe('[S-14] an opt-out that only the carrier knew of', () => {
  it('an opt-out at the carrier is recorded when the carrier refuses a text', async () => {
    const { person, threadId } = await gateway.someThread();
    await gateway.simulator.fault({ kind: 'twilio.create', mode: '400', code: 21610, to: person });
    await gateway.command(threadId, 'refused by the carrier');
    await gateway.command(threadId, 'refused by us');
    await untilRefusedByUs(threadId, 1);
    expect(await changes(threadId)).toEqual([['opted-out', 'carrier']]);
  });

  it('an opt-out at the carrier is recorded when a status report shows the refusal', async () => {
    const { person, threadId } = await gateway.someThread();
    await gateway.simulator.fault({
      kind: 'status-callbacks',
      script: [{ status: 'failed', errorCode: 21610 }],
      to: person,
    });
    await gateway.command(threadId, 'refused later');
    await gateway.eventually('the opt-out', `SELECT 1 FROM outbox WHERE subject = $1`, [
      `int.sms.consent-changed.v1.${threadId}`,
    ]);
    expect(await changes(threadId)).toEqual([['opted-out', 'carrier']]);
  });
});

describe('[S-14] an opt-out at the carrier', () => {
  /** One person on two of our lines. */
  async function twoThreads() {
    const { person, threadId } = await gateway.someThread();
    const hello: Record<string, string> = { ...inboundParams(person, 'Hello'), To: OTHER_OWN_NUMBER };
    expect((await gateway.post('/webhook/sms', hello)).status).toBe(200);
    const [other] = await gateway.query<{ thread_id: string }>(
      'SELECT thread_id FROM inbound_sms WHERE message_sid = $1',
      [hello['MessageSid']],
    );
    return { person, threadId, otherThreadId: other!.thread_id };
  }
  const carrierRefuses = (person: string) =>
    gateway.simulator.fault({ kind: 'twilio.create', mode: '400', code: 21610, to: person });
  const untilRefusedByCarrier = (threadId: string) =>
    gateway.eventually('the refusal', `SELECT 1 FROM send WHERE thread_id = $1 AND error_code = '21610'`, [
      threadId,
    ]);

  it('an opt-out at the carrier blocks only the line from which the carrier refused a text', async () => {
    const { person, threadId, otherThreadId } = await twoThreads();
    await carrierRefuses(person);
    await gateway.command(threadId, 'refused by the carrier');
    await untilRefusedByCarrier(threadId);
    await gateway.command(threadId, 'refused by us');
    await gateway.command(otherThreadId, 'from the other line');
    await untilRefusedByUs(threadId, 1);
    expect(await gateway.simulator.repliesTo(person)).toEqual(['from the other line']);
    expect(await changes(otherThreadId)).toEqual([]);
  });

  it('an opt-out at the carrier does not cancel a START on another line', async () => {
    const { person, threadId, otherThreadId } = await twoThreads();
    await postText(person, 'STOP');
    await gateway.post('/webhook/sms', { ...inboundParams(person, 'START'), To: OTHER_OWN_NUMBER });
    await gateway.simulator.repliesTo(person, 2);
    await carrierRefuses(person);
    await gateway.command(threadId, 'refused by the carrier');
    await untilRefusedByCarrier(threadId);
    await gateway.command(otherThreadId, 'as you asked');
    const replies = [KEYWORD_REPLIES.stop, KEYWORD_REPLIES.start, 'as you asked'];
    expect((await gateway.simulator.repliesTo(person, 3)).toSorted()).toEqual(replies.toSorted());
  });

  it('an opt-out at the carrier ends with a START on any line', async () => {
    const { person, threadId, otherThreadId } = await twoThreads();
    await carrierRefuses(person);
    await gateway.command(threadId, 'refused by the carrier');
    await untilRefusedByCarrier(threadId);
    await postText(person, 'Are you there?');
    await gateway.post('/webhook/sms', { ...inboundParams(person, 'START'), To: OTHER_OWN_NUMBER });
    await gateway.command(threadId, 'welcome back');
    expect((await gateway.simulator.repliesTo(person, 2)).toSorted()).toEqual(
      [KEYWORD_REPLIES.start, 'welcome back'].toSorted(),
    );
    expect(await changes(threadId)).toEqual([['opted-out', 'carrier']]);
    expect(await changes(otherThreadId)).toEqual([['opted-in', 'keyword']]);
    expect(await decisions(threadId)).toEqual(['forward']);
  });

  it('if the carrier refuses a text that was sent before a START, no opt-out is recorded', async () => {
    const { person, threadId } = await gateway.someThread();
    await gateway.simulator.fault({
      kind: 'twilio.create',
      mode: '400',
      code: 21610,
      delayMs: 1_000,
      to: person,
    });
    await gateway.command(threadId, 'refused by the carrier');
    await gateway.eventually(
      'the send to be claimed',
      `SELECT 1 FROM send WHERE thread_id = $1 AND status = 'SENDING'`,
      [threadId],
    );
    await postText(person, 'START');
    await untilRefusedByCarrier(threadId);
    await gateway.command(threadId, 'welcome');
    expect(await gateway.simulator.repliesTo(person, 2)).toEqual([KEYWORD_REPLIES.start, 'welcome']);
    expect(await changes(threadId)).toEqual([]);
  });
});

describe('[S-14] an opt-out and the claim of a send', () => {
  // From here on only the test claims sends.
  beforeAll(() => gateway.stopLoop(SendDueSms));

  const sends = () => gateway.get(SendQueue);
  const accept = (send: ClaimedSend) =>
    gateway
      .get(RecordSendOutcome)
      .execute(send, { kind: 'accepted', providerSid: newId('req'), providerStatus: 'queued' });
  const transactions = () => gateway.get(Transactions);
  const queue = (threadId: ThreadId, text: string) =>
    transactions().run((tx) => sends().queue(tx, someMessage(threadId, text)));

  it('a claim that waits for an opt-out to commit sees the opt-out', async () => {
    const { person, threadId } = await gateway.someThread();
    await queue(threadId, 'too late');
    let claim: ReturnType<SendQueue['claimDue']> | undefined;
    await transactions().run(async (tx) => {
      const consents = gateway.get(ConsentStore);
      await consents.lock(tx, person);
      await consents.change(tx, threadId, 'opted-out');
      claim = sends().claimDue(1, 60_000);
      await gateway.eventually(
        'the claim to wait',
        `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%WITH head%'`,
      );
    });
    expect(await claim).toMatchObject([{ text: 'too late', consent: 'opted-out' }]);
  });

  it('an opt-out waits for a claim that has begun, and applies to the next send', async () => {
    const { person, threadId } = await gateway.someThread();
    await queue(threadId, 'in time');
    const admin = new Client({ connectionString: await gateway.postgres.createDatabase('parley') });
    await admin.connect();
    try {
      // The trigger holds a claim, with the person's row locked, until the test releases the advisory lock.
      await admin.query(`
        CREATE FUNCTION gateway.hold() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NEW; END $$;
        GRANT EXECUTE ON FUNCTION gateway.hold TO PUBLIC;
        CREATE TRIGGER hold BEFORE UPDATE ON gateway.send FOR EACH ROW
          WHEN (NEW.status = 'SENDING') EXECUTE FUNCTION gateway.hold();
        SELECT pg_advisory_lock(4711)`);
      const claim = sends().claimDue(1, 60_000);
      const waiting = (query: string) =>
        gateway.eventually(
          'the query to wait for a lock',
          `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1`,
          [query],
        );
      await waiting('%WITH head%');
      const stop = postText(person, 'STOP');
      await waiting('%FROM recipient%');
      await admin.query('SELECT pg_advisory_unlock(4711)');
      expect(await claim).toMatchObject([{ text: 'in time', consent: 'given' }]);
      await stop;
      await accept((await claim)[0]!);
    } finally {
      await admin.query('DROP TRIGGER IF EXISTS hold ON gateway.send');
      await admin.end();
    }
    await queue(threadId, 'too late');
    const [confirmation] = await sends().claimDue(10, 60_000);
    expect(confirmation).toMatchObject({ isOptOutConfirmation: true });
    await accept(confirmation!);
    expect(await sends().claimDue(10, 60_000)).toMatchObject([{ text: 'too late', consent: 'opted-out' }]);
  });

  it('a send that is claimed at the time of an opt-out has the consent opted-out exactly if its claim comes later', async () => {
    const receive = gateway.get(ReceiveSms);
    const judged: string[] = [];
    for (let round = 0; round < 20; round++) {
      const { person, threadId } = await gateway.someThread();
      const texts = Array.from({ length: 6 }, (_, index) => `text ${index}`);
      for (const text of texts) await queue(threadId, text);
      const stopped = receive.execute(keyword(person, 'STOP'));
      const claimed = new Map<string, Consent>();
      while (claimed.size < texts.length) {
        // The last send is claimed after the opt-out has certainly committed.
        if (claimed.size === texts.length - 1) await stopped;
        for (const send of await sends().claimDue(10, 60_000)) {
          if (!send.isOptOutConfirmation) claimed.set(send.id, send.consent);
          await accept(send);
        }
      }
      const order = await gateway.query<{ id: string; isLater: boolean }>(
        `SELECT send.id, send_deadline - interval '60 s' > opted_out_at AS "isLater"
         FROM send JOIN thread ON thread.id = thread_id JOIN recipient ON recipient.number_index = recipient_index
         WHERE thread_id = $1 AND NOT is_opt_out_confirmation`,
        [threadId],
      );
      expect(order).toHaveLength(texts.length);
      for (const { id, isLater } of order) {
        expect(claimed.get(id)).toBe(isLater ? 'opted-out' : 'given');
        judged.push(claimed.get(id)!);
      }
    }
    expect(new Set(judged)).toEqual(new Set(['given', 'opted-out']));
  });
});

describe('[S-14] a storm of STOP and START', () => {
  it('50 STOPs and 50 STARTs of one person at once are handled in order, in at most three transactions', async () => {
    const { person, threadId } = await gateway.someThread();
    const receive = gateway.get(ReceiveSms);
    const texts = Array.from({ length: 100 }, (_, index) => keyword(person, index % 2 ? 'START' : 'STOP'));
    // The first text is handled alone; the others wait and are handled in batches of 64.
    await Promise.all(texts.map((text) => receive.execute(text)));
    const [handled] = await gateway.query<{ count: number; transactions: number }>(
      `SELECT count(*)::int AS count, count(DISTINCT xmin::text)::int AS transactions
       FROM inbound_sms WHERE thread_id = $1 AND decision IN ('opt-out', 'opt-in')`,
      [threadId],
    );
    expect(handled!.count).toBe(100);
    expect(handled!.transactions).toBeLessThanOrEqual(3);
    const [last] = await gateway.query<{ decision: string; isOut: boolean }>(
      `SELECT decision, opted_out_at IS NOT NULL AS "isOut" FROM inbound_sms
       JOIN thread ON thread.id = thread_id JOIN recipient ON recipient.number_index = thread.recipient_index
       WHERE thread_id = $1 ORDER BY thread_seq DESC LIMIT 1`,
      [threadId],
    );
    expect(last!.isOut).toBe(last!.decision === 'opt-out');
  });

  it('repeats in a batch of keywords are not counted again, and the other keywords of the batch are stored', async () => {
    const { person, threadId } = await gateway.someThread();
    const receive = gateway.get(ReceiveSms);
    const texts = ['START', 'HELP', 'STOP', 'START', 'STOP'].map((word) => keyword(person, word));
    await receive.execute(texts[1]!);
    await Promise.all([...texts, ...texts].map((text) => receive.execute(text)));
    const stored = await gateway.query<{ sid: string; seq: number }>(
      `SELECT message_sid AS sid, thread_seq AS seq FROM inbound_sms
       WHERE thread_id = $1 AND message_sid = ANY($2) ORDER BY thread_seq`,
      [threadId, texts.map(({ messageSid: sid }) => sid)],
    );
    expect(new Set(stored.map(({ sid }) => sid))).toEqual(new Set(texts.map(({ messageSid: sid }) => sid)));
    expect(stored.map(({ seq }) => seq - stored[0]!.seq)).toEqual([0, 1, 2, 3, 4]);
  });
});

function keyword(from: string, text: string): InboundSms {
  return {
    messageSid: messageSid(),
    from,
    to: OWN_NUMBER,
    text,
    media: [],
    params: {},
    optOutType: undefined,
    receivedAt: new Date(),
  };
}
