import type { E164 } from '@parley/kernel';
import { newId } from '@parley/service-kit';
import { describe, expect, it } from 'vitest';
import { givenOrchestrator, someReceipt, someSms } from '../testing/orchestrator.js';
import { ConversationsResponder } from './conversations.responder.js';
import { withPostgres } from '../testing/servers.js';

withPostgres();

async function given() {
  const { receiveSms, reader, read } = await givenOrchestrator();
  const text = (from: string, words: string) =>
    receiveSms(someSms({ threadId: newId('thr'), from: from as E164, text: words }), someReceipt());
  return { text, read, responder: new ConversationsResponder(reader) };
}

describe('ConversationsResponder', () => {
  it('conversations are listed newest first, page by page', async () => {
    const { text, responder } = await given();
    for (const last of [1, 2, 3]) await text(`+1555010000${last}`, 'Hello');
    const first = await responder.listConversations({ limit: 2 });
    expect(first).toMatchObject({ hasMore: true, data: [{ status: 'open', messageCount: 1 }, {}] });
    const second = await responder.listConversations({ limit: 2, cursor: first.nextCursor! });
    expect(second).toMatchObject({ hasMore: false, nextCursor: null });
    const ids = [...first.data, ...second.data].map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].toSorted().toReversed());
    expect(ids).toHaveLength(3);
  });

  it('messages are listed in the order of the log, page by page', async () => {
    const { text, responder } = await given();
    for (const words of ['one', 'two', 'three']) await text('+15550100001', words);
    const { data: conversations } = await responder.listConversations({ limit: 1 });
    const conversationId = conversations[0]!.id;
    const first = await responder.listMessages({ conversationId, limit: 2 });
    expect(first?.data.map((message) => message.text)).toEqual(['one', 'two']);
    const second = await responder.listMessages({ conversationId, limit: 2, cursor: first!.nextCursor! });
    expect(second).toMatchObject({ hasMore: false, data: [{ text: 'three', seq: 3, channel: 'sms' }] });
    const past = await responder.listMessages({ conversationId, limit: 2, cursor: '3' });
    expect(past).toEqual({ data: [], hasMore: false, nextCursor: null });
  });

  it('pages of long messages each fit into one NATS message', async () => {
    const { text, responder } = await given();
    const words = '漢'.repeat(7_900);
    for (let i = 0; i < 60; i++) await text('+15550100001', `${i} ${words}`);
    const { data: conversations } = await responder.listConversations({ limit: 1 });
    const conversationId = conversations[0]!.id;
    const seen: number[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = (await responder.listMessages({ conversationId, limit: 200, ...(cursor && { cursor }) }))!;
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(600_000);
      seen.push(...page.data.map(({ seq }) => seq));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  });

  it('the lists of conversations and messages can be filtered', async () => {
    const { text, responder } = await given();
    await text('+15550100001', 'one');
    await text('+15550100002', 'two');
    const { data: all } = await responder.listConversations({ limit: 9 });
    const [newest] = all;
    const { contactId, agentId, id: conversationId } = newest!;
    expect(await responder.listConversations({ limit: 9, contactId })).toMatchObject({ data: [newest] });
    expect((await responder.listConversations({ limit: 9, agentId })).data).toHaveLength(2);
    expect((await responder.listConversations({ limit: 9, status: 'closed' })).data).toEqual([]);
    const page = { conversationId, limit: 9 };
    for (const match of [{ direction: 'inbound' }, { author: 'contact' }, { channel: 'sms' }] as const)
      expect((await responder.listMessages({ ...page, ...match }))!.data).toHaveLength(1);
    for (const other of [{ direction: 'outbound' }, { author: 'agent' }, { channel: 'web' }] as const)
      expect(await responder.listMessages({ ...page, ...other })).toMatchObject({ data: [], hasMore: false });
  });

  it('a conversation or message that is fetched by id equals its entry in the list', async () => {
    const { text, responder } = await given();
    await text('+15550100001', 'one');
    const [conversation] = (await responder.listConversations({ limit: 1 })).data;
    const conversationId = conversation!.id;
    expect(await responder.getConversation({ conversationId })).toEqual(conversation);
    const [message] = (await responder.listMessages({ conversationId, limit: 1 }))!.data;
    expect(await responder.getMessage({ messageId: message!.id })).toEqual(message);
    expect(await responder.getConversation({ conversationId: newId('conv') })).toBeNull();
    expect(await responder.getMessage({ messageId: newId('msg') })).toBeNull();
  });

  it('the message list of a conversation that does not exist is null', async () => {
    const { responder } = await given();
    expect(await responder.listMessages({ conversationId: newId('conv'), limit: 1 })).toBeNull();
  });

  it('the list of conversations refuses a cursor that it never returned', async () => {
    const { responder } = await given();
    await expect(responder.listConversations({ limit: 1, cursor: 'x' })).rejects.toMatchObject({
      code: 'invalid-cursor',
    });
  });
});
