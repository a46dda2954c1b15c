import { newId } from '@parley/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningGateway } from '../../testing/running-gateway.js';
import { FollowUpSends } from '../follow-up/follow-up-sends.js';

interface PartRow {
  id: string;
  part: number;
  status: string;
  provider_sid: string | null;
  provider_status: string | null;
  reason: string | null;
}

let gateway: RunningGateway;

beforeAll(async () => {
  // A part waits 3 s for the part before it; a send has 6 s, and its outcome is unknown 9 s later.
  gateway = await RunningGateway.start({ RECOVERY_TIME_SCALE: '0.3' });
  // Another spec covers unknown outcomes.
  await gateway.stopLoop(FollowUpSends);
});
afterAll(async () => gateway.stop());

const sentence = (word: string) => `${word} `.repeat(200).trim() + '.';
/** A text of three parts: no two of its sentences fit into one part. */
const long = [sentence('First'), sentence('Second'), sentence('Third')].join(' ');
const partsOf = (threadId: string) =>
  gateway.query<PartRow>('SELECT * FROM send WHERE thread_id = $1 ORDER BY position', [threadId]);
const settled = (threadId: string, count: number) =>
  gateway.eventually<PartRow>(
    'all parts to settle',
    `SELECT * FROM send WHERE thread_id = $1 AND (SELECT count(*) FROM send AS other WHERE other.thread_id = $1
       AND other.status NOT IN ('PENDING', 'SENDING')) >= $2 ORDER BY position`,
    [threadId, count],
  );

describe('[S-15] a long reply', () => {
  it('a long reply is sent in ordered parts before the next reply, and its delivery is published once', async () => {
    const { person, threadId } = await gateway.someThread();
    await gateway.command(threadId, `**${long}**`);
    await gateway.command(threadId, 'and then this');
    const texts = await gateway.simulator.repliesTo(person, 4);
    expect(texts).toEqual([sentence('First'), sentence('Second'), sentence('Third'), 'and then this']);
    await gateway.eventually(
      'all to be delivered',
      `SELECT 1 FROM send WHERE thread_id = $1 AND part = 3 AND provider_status = 'delivered'`,
      [threadId],
    );
    const [first] = await gateway.statusEvents(threadId);
    const ofLong = (await gateway.statusEvents(threadId)).filter(
      ({ messageId }) => messageId === first!['messageId'],
    );
    expect(ofLong.map(({ status }) => status)).toEqual(['sent', 'delivered']);
  });

  it('each part of a long reply waits for the carrier to report the part before it', async () => {
    const { person, threadId } = await gateway.someThread();
    await gateway.simulator.fault({
      kind: 'status-callbacks',
      script: [{ status: 'sent', afterMs: 300 }],
      to: person,
    });
    await gateway.command(threadId, long);
    const messages = await gateway.simulator.messages({ to: person, direction: 'outbound', count: 3 });
    const [first, second, third] = messages.map(({ createdAt }) => Date.parse(createdAt));
    expect(second! - first!).toBeGreaterThanOrEqual(295);
    expect(third! - second!).toBeGreaterThanOrEqual(295);
  });

  it('all parts of a long reply are sent in the end, even if the carrier reports nothing', async () => {
    const { person, threadId } = await gateway.someThread();
    await gateway.simulator.fault({ kind: 'status-callbacks', script: [], to: person });
    await gateway.command(threadId, long);
    const messages = await gateway.simulator.messages({ to: person, direction: 'outbound', count: 3 });
    const [first, , third] = messages.map(({ createdAt }) => Date.parse(createdAt));
    expect(third! - first!).toBeGreaterThanOrEqual(5_995);
  });

  it('a long reply whose first part is refused fails, and its later parts are not sent', async () => {
    const { person, threadId } = await gateway.someThread();
    await gateway.simulator.fault({ kind: 'twilio.create', mode: '400', code: 30007, to: person });
    await gateway.command(threadId, long);
    await gateway.command(threadId, 'the next one');
    expect(await gateway.simulator.repliesTo(person)).toEqual(['the next one']);
    expect(await settled(threadId, 4)).toMatchObject([
      { status: 'REJECTED', reason: null },
      { status: 'REJECTED', reason: 'earlier-part-failed' },
      { status: 'REJECTED', reason: 'earlier-part-failed' },
      { part: 1 },
    ]);
    expect((await gateway.publishedStatuses(threadId))[0]).toEqual(['failed', '30007']);
  });

  it('the later parts of a long reply are not sent after a part with unknown outcome', async () => {
    const { person, threadId } = await gateway.someThread();
    await gateway.simulator.fault({ kind: 'status-callbacks', script: [], to: person });
    await gateway.simulator.fault({ kind: 'twilio.create', mode: 'accept-then-reset', to: person });
    await gateway.command(threadId, long);
    expect(await settled(threadId, 3)).toMatchObject([
      { status: 'UNKNOWN' },
      { status: 'REJECTED', reason: 'earlier-part-failed' },
      { status: 'REJECTED', reason: 'earlier-part-failed' },
    ]);
    expect(await gateway.publishedStatuses(threadId)).toEqual([['failed', 'outcome-unknown']]);
    expect(await gateway.simulator.repliesTo(person)).toEqual([sentence('First')]);
  });

  it('the later parts of a long reply are not sent after a part that the carrier could not deliver', async () => {
    const { person, threadId } = await gateway.someThread();
    await gateway.simulator.fault({
      kind: 'status-callbacks',
      script: [{ status: 'undelivered', errorCode: 30005 }],
      to: person,
    });
    await gateway.command(threadId, long);
    await settled(threadId, 3);
    expect(await gateway.publishedStatuses(threadId)).toEqual([['undelivered', '30005']]);
    expect(await gateway.simulator.repliesTo(person)).toHaveLength(1);
  });
});

describe('[S-15] a text', () => {
  it('an operator’s text is sent unchanged, with its Markdown characters', async () => {
    const { person, threadId } = await gateway.someThread();
    await gateway.command(threadId, '*Sale* at 5_000_000 **now**', 60_000, newId('cmd'), 'plain');
    expect(await gateway.simulator.repliesTo(person)).toEqual(['*Sale* at 5_000_000 **now**']);
  });

  it('a text without visible characters fails and is not queued', async () => {
    const { threadId } = await gateway.someThread();
    await gateway.command(threadId, ' \n ');
    await gateway.eventually('the failure', 'SELECT 1 FROM outbox WHERE subject = $1', [
      `int.sms.status-changed.v1.${threadId}`,
    ]);
    expect(await gateway.publishedStatuses(threadId)).toEqual([['failed', 'empty']]);
    expect(await partsOf(threadId)).toEqual([]);
  });
});
