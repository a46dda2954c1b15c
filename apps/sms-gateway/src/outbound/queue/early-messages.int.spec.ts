import type { MessageId, ThreadId } from '@parley/kernel';
import { type Transaction } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningGateway } from '../../testing/running-gateway.js';
import { ApplyDelivery } from '../delivery/apply-delivery.js';
import { SweepSends } from '../follow-up/sweep-sends.js';
import { RecordSendOutcome } from '../sending/record-send-outcome.js';
import { SendDueSms } from '../sending/send-due-sms.js';
import { SendQueue } from './send-queue.js';

let gateway: RunningGateway;
let sends: SendQueue;

beforeAll(async () => {
  gateway = await RunningGateway.start();
  await gateway.stopLoop(SendDueSms);
  await gateway.stopLoop(SweepSends);
  sends = gateway.get(SendQueue);
});
afterAll(async () => gateway.stop());

interface Message {
  messageId: MessageId;
  follows?: MessageId;
  texts: string[];
}

const someThread = async () => (await gateway.someThread()).threadId;

/** Messages of one thread that follow each other. */
function inARow(...messages: string[][]): Message[] {
  const ids = messages.map(() => newId('msg'));
  return messages.map((texts, index) => ({
    messageId: ids[index]!,
    texts,
    ...(index > 0 && { follows: ids[index - 1]! }),
  }));
}

const queueIn = (tx: Transaction, threadId: ThreadId, { messageId, follows, texts }: Message) =>
  sends.queue(tx, {
    causedBy: newId('cmd'),
    messageId,
    follows,
    threadId,
    parts: texts.map((text) => ({ id: newId('snd'), text })),
    validUntil: new Date(Date.now() + 60_000),
    isOptOutConfirmation: false,
  });
const queue = (threadId: ThreadId, message: Message) =>
  gateway.inTransaction((tx) => queueIn(tx, threadId, message));

/** Sends all due texts of the thread, one after the other; the carrier accepts and reports each. */
async function sentInOrder(threadId: ThreadId): Promise<string[]> {
  const texts: string[] = [];
  for (;;) {
    const [send] = (await sends.claimDue(100, 60_000)).filter((claimed) => claimed.threadId === threadId);
    if (!send) return texts;
    texts.push(send.text);
    const providerSid = newId('req');
    const taken = { kind: 'accepted', providerSid, providerStatus: 'queued' } as const;
    await gateway.get(RecordSendOutcome).execute(send, taken);
    const sent = {
      kind: 'reported',
      id: send.id,
      providerSid,
      status: 'sent',
      errorCode: undefined,
    } as const;
    await gateway.get(ApplyDelivery).execute({ event: sent });
  }
}

describe('[S-15] messages of a thread that arrive out of order', () => {
  it('messages that arrive out of order are sent in the order of the conversation', async () => {
    const threadId = await someThread();
    const [first, second, third, fourth] = inARow(['1'], ['2a', '2b'], ['3'], ['4']);
    for (const message of [third!, first!, fourth!]) await queue(threadId, message);
    expect(await sentInOrder(threadId)).toEqual(['1']);
    await queue(threadId, second!);
    expect(await sentInOrder(threadId)).toEqual(['2a', '2b', '3', '4']);
  });

  it('a message also waits for an earlier message without text, which is never sent', async () => {
    const threadId = await someThread();
    const [first, empty, third] = inARow(['1'], [], ['3']);
    for (const message of [first!, third!]) await queue(threadId, message);
    expect(await sentInOrder(threadId)).toEqual(['1']);
    await queue(threadId, empty!);
    expect(await sentInOrder(threadId)).toEqual(['3']);
  });

  it('messages of a thread are sent in order even if their transactions overlap', async () => {
    for (let round = 0; round < 20; round++) {
      const threadId = await someThread();
      const messages = inARow(['1'], ['2'], ['3'], ['4'], ['5']);
      await Promise.all(messages.toReversed().map((message) => queue(threadId, message)));
      expect(await sentInOrder(threadId)).toEqual(['1', '2', '3', '4', '5']);
    }
  });

  it('a message that is queued while its earlier message waits for the lock is sent after that message', async () => {
    const threadId = await someThread();
    const [first, second] = inARow(['1'], ['2']);
    let begun: Promise<boolean> | undefined;
    await gateway.inTransaction(async (tx) => {
      await queueIn(tx, threadId, second!);
      begun = queue(threadId, first!);
      await gateway.eventually(
        'the first to wait for the second',
        `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%last_message_id%'`,
        [],
      );
    });
    await begun;
    expect(await sentInOrder(threadId)).toEqual(['1', '2']);
  });

  it('if an earlier message never arrives, closing its gap sends the later messages in order', async () => {
    const threadId = await someThread();
    const [first, , third, fourth] = inARow(['1'], ['2'], ['3'], ['4']);
    for (const message of [first!, fourth!, third!]) await queue(threadId, message);
    expect(await sentInOrder(threadId)).toEqual(['1']);
    expect(await sends.threadsWithGap(60_000, 10)).toEqual([]);
    expect(await sends.threadsWithGap(0, 10)).toEqual([threadId]);
    await gateway.inTransaction((tx) => sends.closeGap(tx, threadId));
    expect(await sentInOrder(threadId)).toEqual(['3', '4']);
    expect(await sends.threadsWithGap(0, 10)).toEqual([]);
  });

  it('closing the gap of a thread queues the waiting messages of that thread only', async () => {
    const threads = await Promise.all([someThread(), someThread()]);
    for (const threadId of threads) await queue(threadId, inARow(['1'], ['2'])[1]!);
    await gateway.inTransaction((tx) => sends.closeGap(tx, threads[1]));
    expect(await gateway.query('SELECT 1 FROM send WHERE thread_id = $1', [threads[0]])).toEqual([]);
    expect(await sentInOrder(threads[1])).toEqual(['2']);
    expect(await sends.threadsWithGap(0, 10)).toEqual([threads[0]]);
    await gateway.inTransaction((tx) => sends.closeGap(tx, threads[0]));
  });

  it('messages that wait for an earlier one do not delay the confirmation of an opt-out', async () => {
    const threadId = await someThread();
    const [, second] = inARow(['1'], ['2']);
    await queue(threadId, second!);
    await gateway.inTransaction((tx) =>
      sends.queue(tx, {
        causedBy: newId('cmd'),
        messageId: undefined,
        threadId,
        parts: [{ id: newId('snd'), text: 'You are unsubscribed.' }],
        validUntil: new Date(Date.now() + 60_000),
        isOptOutConfirmation: true,
      }),
    );
    expect(await sentInOrder(threadId)).toEqual(['You are unsubscribed.']);
  });
});
