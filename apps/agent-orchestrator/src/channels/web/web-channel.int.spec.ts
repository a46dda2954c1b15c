import { durableOf, WebMessageReceived } from '@parley/contracts';
import { parseE164 } from '@parley/kernel';
import { newId } from '@parley/service-kit';
import { storedRowsWith } from '@parley/testing';
import { expect, it } from 'vitest';
import { givenOrchestrator, neverCancelled, someReceipt, someSms } from '../../testing/orchestrator.js';
import { ScriptedModel } from '../../testing/scripted-model.js';
import { withPostgres } from '../../testing/servers.js';

withPostgres();

/** A message as the gateway publishes it. */
function someWebMessage(message: Partial<WebMessageReceived> = {}): WebMessageReceived {
  return {
    threadId: newId('thr'),
    threadSeq: 1,
    messageId: newId('msg'),
    userId: 'ada@example.com',
    text: 'Hello',
    receivedAt: new Date().toISOString(),
    ...message,
  };
}

const delivery = () => ({
  ...someReceipt(),
  consumer: durableOf(WebMessageReceived, 'agent-orchestrator'),
});

it('[S-12] a web message is logged once under the id that its client was given', async () => {
  const { receiveWeb, read } = await givenOrchestrator();
  const message = someWebMessage();
  await Promise.all([receiveWeb(message, delivery()), receiveWeb(message, delivery())]);
  expect(await read.messages()).toMatchObject([{ id: message.messageId, text: 'Hello', status: 'received' }]);
  expect((await read.events()).at(-1)).toMatchObject({ data: { channel: 'web', author: 'contact' } });
});

it('a web message is answered in the same chat, and no command delivers the answer', async () => {
  const { receiveWeb, claimTurns, takeTurnWith, read, chats, database } = await givenOrchestrator();
  const { threadId } = someWebMessage();
  await receiveWeb(someWebMessage({ threadId }), delivery());
  const [turn] = (await claimTurns.execute(16)).turns;
  const model = new ScriptedModel(async () => 'Hi Ada!');
  expect(await takeTurnWith(model).execute(turn!, neverCancelled)).toBe('replied');
  expect(model.prompts[0]!.system).toContain('web chat');
  const commands = await database.rows(`SELECT FROM outbox WHERE subject LIKE 'cmd.%'`);
  expect(commands).toEqual([]);
  const page = await chats.messages(threadId, undefined, 50);
  expect(page!.data.map(({ author, text, channel }) => [author, text, channel])).toEqual([
    ['contact', 'Hello', 'web'],
    ['agent', 'Hi Ada!', 'web'],
  ]);
  expect((await read.events()).map(({ type }) => type)).toContain('evt.message.queued.v1');
});

it('a web user and a person who texts are two contacts, and an opted-out number does not silence the web user', async () => {
  const { receiveWeb, receiveSms, recordConsent, claimTurns, read } = await givenOrchestrator();
  const sms = someSms({ from: parseE164('+15550100001')! });
  await receiveSms(sms, someReceipt());
  await receiveWeb(someWebMessage({ userId: '+15550100001' }), delivery());
  expect(await read.count('contact')).toBe(2);
  await recordConsent.execute(
    { threadId: sms.threadId, change: 'opted-out', via: 'keyword', occurredAt: new Date().toISOString() },
    { ...someReceipt(), sentAt: new Date() },
  );
  const channels = (await claimTurns.execute(16)).turns.map(({ channel }) => channel);
  expect(channels.toSorted()).toEqual(['sms', 'web']);
});

it('an operator message to the thread of a chat is added to the chat, and no text is sent', async () => {
  const { receiveWeb, appendOperatorMessage, chats, read } = await givenOrchestrator();
  const { threadId } = someWebMessage();
  await receiveWeb(someWebMessage({ threadId }), delivery());
  const message = {
    target: threadId,
    messageId: newId('msg'),
    text: 'Your table is ready.',
    author: 'human',
    requestedAt: '2026-01-02T03:04:05.678Z',
    validUntil: '2026-01-02T05:04:05.678Z',
  } as const;
  expect(await appendOperatorMessage.execute(message, delivery())).toEqual({ kind: 'appended' });
  const page = (await chats.messages(threadId, undefined, 10))!;
  expect(page.data.at(-1)).toMatchObject({ author: 'human', text: message.text, channel: 'web' });
  expect(await read.sends()).toEqual([]);
});

it('a chat is read from a position, page by page, or as its newest messages', async () => {
  const { receiveWeb, chats } = await givenOrchestrator();
  const { threadId } = someWebMessage();
  expect(await chats.messages(threadId, undefined, 10)).toBeUndefined();
  for (const threadSeq of [1, 2, 3, 4, 5]) {
    await receiveWeb(someWebMessage({ threadId, threadSeq, text: `${threadSeq}` }), delivery());
  }
  const newest = (await chats.messages(threadId, undefined, 2))!;
  const { conversationId } = newest;
  const texts = async (seq: number, limit: number, id: typeof conversationId | null = conversationId) => {
    const page = (await chats.messages(threadId, { ...(id && { conversationId: id }), seq }, limit))!;
    return [page.data.map(({ text }) => text).join(), page.hasMore];
  };
  expect(newest.data.map(({ text }) => text)).toEqual(['4', '5']);
  expect(await texts(0, 3)).toEqual(['1,2,3', true]);
  expect(await texts(3, 3)).toEqual(['4,5', false]);
  expect(await texts(5, 3)).toEqual(['', false]);
  expect(await texts(5, 10, newId('conv'))).toEqual(['1,2,3,4,5', false]);
  expect(await texts(0, 10, null)).toEqual(['1,2,3,4,5', false]);
  expect(await chats.threadOf(conversationId)).toBe(threadId);
  expect(await chats.threadOf(newId('conv'))).toBeUndefined();
});

it('the id of a web user is stored sealed', async () => {
  const { receiveWeb, database } = await givenOrchestrator();
  await receiveWeb(someWebMessage({ userId: 'ada@example.com' }), delivery());
  const query = <Row extends object>(sql: string, values?: unknown[]) => database.rows<Row>(sql, values);
  expect(await storedRowsWith(query, ['orchestrator'], ['ada@example'])).toEqual([]);
});
