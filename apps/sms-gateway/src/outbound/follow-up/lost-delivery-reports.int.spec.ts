import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FollowUpDriver, HOUR_MS, type SendRow } from '../../testing/follow-up-driver.js';
import { RunningGateway } from '../../testing/running-gateway.js';

let gateway: RunningGateway;
let sends: FollowUpDriver;

beforeAll(async () => {
  gateway = await RunningGateway.start();
  sends = new FollowUpDriver(gateway);
});
afterAll(async () => gateway.stop());

/** Sends a text and waits until its repetition is planned; `last` are the carrier's statuses after `undelivered`. */
async function textToRepeat(last: readonly Record<string, unknown>[]) {
  const { person, threadId } = await gateway.someThread();
  const script = [{ status: 'sent' }, { status: 'undelivered', errorCode: 30003, afterMs: 50 }, ...last];
  await gateway.simulator.fault({ kind: 'status-callbacks', script, to: person });
  await gateway.command(threadId, 'once', HOUR_MS);
  const planned = `provider_status = 'undelivered' AND follow_up_at IS NOT NULL`;
  const [send] = await sends.until('a repetition to be planned', threadId, planned);
  return { person, threadId, send: send! };
}

const becomesDue = ({ id }: SendRow) =>
  gateway.query(`UPDATE send SET follow_up_at = '-infinity' WHERE id = $1`, [id]);

describe('[S-16] a text that was reported as undelivered', () => {
  it('a text reported as undelivered is not sent again if Twilio lists it as delivered, without a report of that', async () => {
    const { person, threadId, send } = await textToRepeat([
      { status: 'delivered', posted: false, afterMs: 50 },
    ]);
    await gateway.simulator.messages({ to: person, status: 'delivered' });
    await becomesDue(send);
    await sends.until('the delivery', threadId, `provider_status = 'delivered'`);
    expect(await sends.of(threadId)).toMatchObject([{ isPlanned: false }]);
    const statuses = (await gateway.statusEvents(threadId)).map(({ status }) => status);
    expect(statuses).toEqual(['sent', 'delivered']);
  });

  it('an undelivered text is not sent again while Twilio is unavailable, and fails once its validity has ended', async () => {
    const { person, threadId, send } = await textToRepeat([]);
    await gateway.simulator.fault({ kind: 'twilio.fetch', mode: '500', to: person, times: 100 });
    await becomesDue(send);
    await sends.until('the first attempt to check', threadId, `follow_up_at > '-infinity'`);
    expect((await gateway.statusEvents(threadId)).map(({ status }) => status)).toEqual(['sent']);
    await gateway.query('UPDATE send SET valid_until = now() WHERE id = $1', [send.id]);
    await becomesDue(send);
    await sends.until('the follow-up to end', threadId, 'follow_up_at IS NULL');
    expect((await gateway.statusEvents(threadId)).at(-1)).toMatchObject({
      status: 'undelivered',
      errorCode: '30003',
    });
    expect(await sends.textsTo(person)).toEqual(['once']);
  });

  it('an undelivered text is sent again if Twilio still shows it as undelivered', async () => {
    const { person, send } = await textToRepeat([]);
    await becomesDue(send);
    expect(await gateway.simulator.repliesTo(person, 2)).toEqual(['once', 'once']);
  });
});
