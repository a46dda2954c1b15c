import { AppendMessage, durableOf } from '@parley/contracts';
import { type ConversationId, parseE164, type ThreadId } from '@parley/kernel';
import { PoisonMessageError, RetryableError } from '@parley/resilience';
import { newId } from '@parley/service-kit';
import { describe, expect, it } from 'vitest';
import { someCall } from '../testing/a-call.js';
import { givenOrchestrator, someReceipt, someSms } from '../testing/orchestrator.js';
import { playGateway } from '../testing/played-gateway.js';
import { nats, withNats, withPostgres } from '../testing/servers.js';

withPostgres();
withNats();

const range = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
const delivery = () => ({
  consumer: durableOf(AppendMessage, 'agent-orchestrator'),
  eventId: newId('cmd'),
});

function someMessage(message: Partial<AppendMessage> = {}): AppendMessage {
  return {
    target: newId('thr'),
    to: parseE164('+15550100001')!,
    messageId: newId('msg'),
    text: 'Your table is ready.',
    author: 'human',
    requestedAt: '2026-01-02T03:04:05.678Z',
    validUntil: '2026-01-02T05:04:05.678Z',
    ...message,
  };
}

/**
 * Gives a contact who has only called, a message to them, and a gateway that answers the request for a thread
 * with `answer`.
 */
async function givenCaller(answer: { threadId: ThreadId } | null | 'unavailable') {
  const { asked } = await playGateway(nats.url, answer === 'unavailable' ? {} : { thread: answer });
  const orchestrator = await givenOrchestrator({ natsUrl: nats.url });
  await orchestrator.recordCallState.execute(someCall().state('initiated'), someReceipt());
  const [conversation] = await orchestrator.reader.conversations({}, 1, undefined);
  const toCaller = someMessage({ target: conversation!.id, from: parseE164('+15550100000')! });
  return { ...orchestrator, asked, toCaller };
}

describe('AppendOperatorMessage', () => {
  it('an operator message is added to the log, sent and published, and makes no turn due', async () => {
    const { appendOperatorMessage, read } = await givenOrchestrator();
    const message = someMessage();
    expect(await appendOperatorMessage.execute(message, delivery())).toEqual({ kind: 'appended' });
    expect(await read.messages()).toMatchObject([
      { id: message.messageId, seq: 1, kind: 'outside', status: 'queued', text: 'Your table is ready.' },
    ]);
    expect(await read.sends()).toEqual([{ subject: `cmd.sms.send.v1.${message.target}` }]);
    const events = await read.events();
    expect(events).toMatchObject([
      { sequence: 1, type: 'evt.conversation.created.v1' },
      { sequence: 2, type: 'evt.message.queued.v1', data: { author: 'human', seq: 1 } },
    ]);
    expect(events[1]!.data).not.toHaveProperty('turnId');
    expect(await read.lanes()).toMatchObject([{ turn_due_at: null, answered_seq: 0 }]);
  });

  it('an operator message is added to the log and sent once, even if its command arrives thirty times', async () => {
    const { appendOperatorMessage, anotherReplica, read } = await givenOrchestrator();
    const other = await anotherReplica();
    const message = someMessage();
    const again = delivery();
    const outcomes = await Promise.all(
      range(30).map((i) =>
        (i % 2 ? appendOperatorMessage : other.appendOperatorMessage).execute(
          message,
          i % 3 ? again : delivery(),
        ),
      ),
    );
    expect(outcomes.filter(({ kind }) => kind === 'appended')).toHaveLength(1);
    expect(await read.messages()).toHaveLength(1);
    expect(await read.sends()).toHaveLength(1);
  });

  it('an operator message and the person’s first text on another line share one conversation', async () => {
    const { appendOperatorMessage, receiveSms, read } = await givenOrchestrator();
    await Promise.all([
      ...range(5).map(() => appendOperatorMessage.execute(someMessage(), delivery())),
      ...range(5).map(() => receiveSms(someSms(), someReceipt())),
    ]);
    expect(await Promise.all(['contact', 'conversation', 'lane'].map(read.count))).toEqual([1, 1, 1]);
    expect((await read.messages()).map(({ seq }) => seq)).toEqual(range(10));
    const events = await read.events();
    expect(events.map(({ sequence }) => sequence)).toEqual(range(11));
  });

  it('an operator message to a contact who only called is sent on the new thread that it names', async () => {
    const { appendOperatorMessage, recordCallState, reader, read, log } = await givenOrchestrator();
    await recordCallState.execute(someCall().state('initiated'), someReceipt());
    const [conversation] = await reader.conversations({}, 1, undefined);
    const toNobody = someMessage({ target: conversation!.id, to: undefined });
    await expect(appendOperatorMessage.execute(toNobody, delivery())).rejects.toThrow(PoisonMessageError);
    const threadId = newId('thr');
    const message = { ...toNobody, messageId: newId('msg'), threadId };
    expect(await appendOperatorMessage.execute(message, delivery())).toEqual({ kind: 'appended' });
    expect(await read.sends()).toEqual([{ subject: `cmd.sms.send.v1.${threadId}` }]);
    expect(await log.laneOf({ threadId, line: undefined })).toMatchObject({
      conversationId: conversation!.id,
    });
  });

  it('an operator message to a caller’s number is sent on a thread that the gateway opens from the sending number', async () => {
    const threadId = newId('thr');
    const { appendOperatorMessage, toCaller, asked, read, log } = await givenCaller({ threadId });
    expect(await appendOperatorMessage.execute(toCaller, delivery())).toEqual({ kind: 'appended' });
    expect(asked).toEqual([{ to: '+15550100001', from: '+15550100000' }]);
    expect(await read.sends()).toEqual([{ subject: `cmd.sms.send.v1.${threadId}` }]);
    expect(await log.reachableContact(toCaller.target as ConversationId)).toMatchObject({
      thread: { threadId, channel: 'sms' },
    });
    const next = { ...toCaller, messageId: newId('msg') };
    expect(await appendOperatorMessage.execute(next, delivery())).toEqual({ kind: 'appended' });
    expect(asked).toHaveLength(1);
  });

  it('an operator message is retried while the gateway is unavailable, and ignored if it is addressed to our own number', async () => {
    const { appendOperatorMessage, toCaller, read } = await givenCaller('unavailable');
    await expect(appendOperatorMessage.execute(toCaller, delivery())).rejects.toThrow(RetryableError);
    const ourselves = await givenCaller(null);
    expect(await ourselves.appendOperatorMessage.execute(ourselves.toCaller, delivery())).toEqual({
      kind: 'ignored',
      reason: 'own-number',
    });
    expect(await read.messages()).toEqual([]);
  });

  it('an operator message to a conversation is sent on the thread of the contact’s newest text', async () => {
    const { appendOperatorMessage, receiveSms, reader, read } = await givenOrchestrator();
    const [first, last] = [newId('thr'), newId('thr')];
    for (const threadId of [last, first, last]) await receiveSms(someSms({ threadId }), someReceipt());
    const [conversation] = await reader.conversations({}, 1, undefined);
    await appendOperatorMessage.execute(someMessage({ target: conversation!.id, to: undefined }), delivery());
    expect(await read.sends()).toEqual([{ subject: `cmd.sms.send.v1.${last}` }]);
  });

  it('[S-15] each send command names the previous message of its thread, an operator’s or the agent’s', async () => {
    const { appendOperatorMessage, receiveSms, claimTurns, endTurn, lanes, read } = await givenOrchestrator();
    const [threadId, other] = [newId('thr'), newId('thr')];
    const say = async (target: AppendMessage['target']) => {
      const message = someMessage({ target });
      await appendOperatorMessage.execute(message, delivery());
      return message.messageId;
    };
    const first = await say(threadId);
    const elsewhere = await say(other);
    await receiveSms(someSms({ threadId }), someReceipt());
    const [turn] = (await claimTurns.execute(1)).turns;
    const context = await lanes.contextOf(turn!, 10);
    await endTurn.execute(turn!, context, { kind: 'answer', text: 'Yes.' });
    const reply = (await read.messages()).find(({ kind }) => kind === 'answer')!.id;
    const last = await say(threadId);
    expect(await read.follows()).toEqual([
      { messageId: first, follows: null },
      { messageId: elsewhere, follows: null },
      { messageId: reply, follows: first },
      { messageId: last, follows: reply },
    ]);
  });

  it.each([
    ['an unknown conversation', newId('conv')],
    ['an unknown thread without a number', newId('thr')],
  ])('an operator message to %s is poison', async (_, target) => {
    const { appendOperatorMessage } = await givenOrchestrator();
    const refused = appendOperatorMessage.execute(someMessage({ target, to: undefined }), delivery());
    await expect(refused).rejects.toThrow(PoisonMessageError);
  });

  it('an operator message is in the context of the agent’s next turn', async () => {
    const { appendOperatorMessage, receiveSms, claimTurns, lanes } = await givenOrchestrator();
    const threadId = newId('thr');
    await appendOperatorMessage.execute(someMessage({ target: threadId }), delivery());
    await receiveSms(someSms({ threadId, text: 'Thanks!' }), someReceipt());
    const { turns } = await claimTurns.execute(16);
    const { log } = await lanes.contextOf(turns[0]!, 10);
    expect(log).toMatchObject([{ author: 'human' }, { author: 'contact', text: 'Thanks!' }]);
  });
});
