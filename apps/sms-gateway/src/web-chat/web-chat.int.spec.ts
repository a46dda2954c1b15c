import { WebMessageReceived } from '@parley/contracts';
import type { ThreadId } from '@parley/kernel';
import { waitUntil } from '@parley/local-stack';
import { MessageCodec } from '@parley/messaging';
import { newId } from '@parley/service-kit';
import { ChatClient, storedRowsWith } from '@parley/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { PlayedChats } from '../testing/played-chats.js';
import { API_KEY, RunningGateway } from '../testing/running-gateway.js';
import { ApiKeyStore } from '../api/keys/api-key-store.js';
import { PurgeClientMessageIds } from './messages/purge-client-message-ids.js';
import { ReceiveWebMessage } from './messages/receive-web-message.js';
import { ChatTokens } from './session/chat-tokens.js';
import { MAX_CONNECTIONS_PER_CHAT } from './sockets/open-chats.js';

const PAGE = 'https://shop.example.com';

let gateway: RunningGateway;
let chats: PlayedChats;
beforeAll(async () => {
  gateway = await RunningGateway.start({ CHAT_ALLOWED_ORIGINS: PAGE, RECOVERY_TIME_SCALE: '0.05' });
  chats = await PlayedChats.answeringFor(gateway);
});
afterAll(() => gateway.stop());

interface Session {
  token: string;
  userId: string;
  expiresAt: string;
}

async function openSession(order: object = { userId: randomUUID() }, key: string | null = API_KEY) {
  const init = {
    method: 'POST',
    body: JSON.stringify(order),
    headers: { 'content-type': 'application/json' },
  };
  const { status, body } = await gateway.api('/v1/chat/sessions', key, init);
  return { status, body: body as Session };
}

/** A person with a session, and their thread. */
async function somebody(): Promise<{ token: string; threadId: ThreadId; userId: string }> {
  const { token, userId } = (await openSession()).body;
  const { threadId } = gateway.get(ChatTokens).read(token, new Date())!;
  return { token, threadId, userId };
}

const open = (token: string, options?: Parameters<typeof ChatClient.open>[2]) =>
  ChatClient.open(gateway.url, token, options);

/** The published facts about a thread's messages, decoded. */
async function published(threadId: ThreadId): Promise<WebMessageReceived[]> {
  const rows = await gateway.query<{ subject: string; headers: Record<string, string>; payload: Buffer }>(
    'SELECT subject, headers, payload FROM outbox WHERE subject = $1 ORDER BY id',
    [`int.web.message-received.v1.${threadId}`],
  );
  return rows.map((row) => gateway.get(MessageCodec).decode(WebMessageReceived, row).data);
}

describe('POST /v1/chat/sessions', () => {
  it('all sessions of one user open the same thread; each other user and each visitor gets another one', async () => {
    const userId = randomUUID();
    const orders = [{ userId }, { userId }, { userId: `${userId} ` }, {}, {}];
    const sessions = await Promise.all(orders.map((order) => openSession(order)));
    expect(sessions.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    const threads = sessions.map(
      ({ body }) => gateway.get(ChatTokens).read(body.token, new Date())!.threadId,
    );
    expect(threads[0]).toBe(threads[1]);
    expect(new Set(threads).size).toBe(4);
    expect(sessions[3]!.body.userId).toMatch(/^visitor_/);
  });

  it('twenty sessions that are opened at once for a new user create one thread', async () => {
    const userId = randomUUID();
    const sessions = await Promise.all(Array.from({ length: 20 }, () => openSession({ userId })));
    const threads = sessions.map(
      ({ body }) => gateway.get(ChatTokens).read(body.token, new Date())!.threadId,
    );
    expect(new Set(threads).size).toBe(1);
  });

  it('a session needs an API key with the scope chat:write', async () => {
    await gateway
      .get(ApiKeyStore)
      .put('pk_reader_0123456789', { name: 'reader', scopes: ['conversations:read'] });
    expect((await openSession({}, null)).status).toBe(401);
    expect((await openSession({}, 'pk_reader_0123456789')).status).toBe(403);
  });

  it.each([{ userId: '' }, { userId: ' ' }, { userId: 'x'.repeat(129) }, { userId: 7 }, { user: 'ada' }])(
    'the session order %j is refused',
    async (order) => {
      expect((await openSession(order)).status).toBe(422);
    },
  );
});

describe('a chat socket', () => {
  it('a message is accepted once it is stored, and published under the id that its client got', async () => {
    const { token, threadId, userId } = await somebody();
    const client = await open(token);
    const messageId = await client.say('Hello!');
    expect(await published(threadId)).toMatchObject([
      { threadId, threadSeq: 1, messageId, userId, text: 'Hello!' },
    ]);
    await client.close();
  });

  it('a message that is sent repeatedly with one clientMessageId, on any socket, is stored once and gets the same id', async () => {
    const { token, threadId } = await somebody();
    const clients = await Promise.all(Array.from({ length: 4 }, () => open(token)));
    const ids = await Promise.all(clients.map((client) => client.say('Hello!', 'm-1')));
    expect(new Set([...ids, await clients[0]!.say('Hello!', 'm-1')]).size).toBe(1);
    expect(await published(threadId)).toMatchObject([{ threadSeq: 1 }]);
    await clients[0]!.say('And you?', 'm-2');
    expect((await published(threadId)).map(({ threadSeq }) => threadSeq)).toEqual([1, 2]);
    await Promise.all(clients.map((client) => client.close()));
  });

  it('another text with a known clientMessageId is refused', async () => {
    const { token, threadId } = await somebody();
    const client = await open(token);
    await client.say('Hello!', 'm-1');
    client.send({ type: 'message', clientMessageId: 'm-1', text: 'Something else' });
    expect(await client.received('error')).toMatchObject({
      code: 'client-message-id-reused',
      clientMessageId: 'm-1',
    });
    expect(await published(threadId)).toHaveLength(1);
    await client.close();
  });

  it('messages of one socket are stored in the order in which they were sent', async () => {
    const { token, threadId } = await somebody();
    const client = await open(token);
    const texts = Array.from({ length: 10 }, (_, n) => `Message ${n}`);
    await Promise.all(texts.map((text) => client.say(text)));
    const facts = await published(threadId);
    expect(facts.map(({ text }) => text)).toEqual(texts);
    expect(facts.map(({ threadSeq }) => threadSeq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await client.close();
  });

  it('messages that arrive too fast are refused and can be sent again', async () => {
    const { token } = await somebody();
    const client = await open(token);
    for (let n = 0; n < 12; n++) client.send({ type: 'message', clientMessageId: `m-${n}`, text: 'Hi' });
    const refused = await client.received('error');
    expect(refused).toMatchObject({ code: 'too-many-messages' });
    const sendAgain = () => {
      client.send({ type: 'message', clientMessageId: refused.clientMessageId, text: 'Hi' });
      return client.frames.some(
        ({ type, clientMessageId }) => type === 'accepted' && clientMessageId === refused.clientMessageId,
      );
    };
    await waitUntil('the message to be accepted', sendAgain, { intervalMs: 300 });
    await client.close();
  });

  it('neither the id nor the text of a web user is stored in plain text', async () => {
    const userId = 'ada.private@example.com';
    const { token } = (await openSession({ userId })).body;
    const client = await open(token);
    await client.say('a very private matter');
    const query = gateway.query.bind(gateway);
    expect(await storedRowsWith(query, ['gateway'], ['ada.private', 'private matter'])).toEqual([]);
    await client.close();
  });

  it('a client message id is known for a week', async () => {
    const { token, threadId } = await somebody();
    const message = { threadId, clientMessageId: 'm-1', text: 'Hello!' };
    const receive = gateway.get(ReceiveWebMessage);
    const first = await receive.execute(message);
    const [purge, grow] = [
      gateway.get(PurgeClientMessageIds),
      (hours: number) =>
        gateway.query(
          `UPDATE chat_message SET received_at = received_at - $2 * interval '1 hour' WHERE thread_id = $1`,
          [threadId, hours],
        ),
    ];
    await grow(7 * 24 - 1);
    await purge.run(new AbortController().signal);
    expect(await receive.execute(message)).toEqual(first);
    await grow(2);
    await purge.run(new AbortController().signal);
    expect(await receive.execute(message)).not.toEqual(first);
    expect(token).not.toBe('');
  });
});

describe('opening a chat socket', () => {
  it('a page of another origin is refused; pages of allowed origins, and programs without an origin, are accepted', async () => {
    const { token } = await somebody();
    const from = (origin: string) => open(token, { headers: { origin } });
    for (const origin of [
      'https://evil.example.com',
      'https://shop.example.com.evil.com',
      'null',
      `${PAGE}:8443`,
    ]) {
      await expect(from(origin), origin).rejects.toThrow('refused');
    }
    for (const origin of [PAGE, new URL(gateway.url).origin]) await (await from(origin)).close();
    await (await open(token)).close();
  });

  it('a client that does not name the sub-protocol is refused', async () => {
    const { token } = await somebody();
    await expect(open(token, { protocols: [token] })).rejects.toThrow('refused');
  });

  it('a socket with a missing, altered or expired token is closed and shows no message', async () => {
    const { token, threadId } = await somebody();
    chats.add(threadId, 'A secret');
    const expired = gateway.get(ChatTokens).issue({ threadId, expiresAt: new Date(Date.now() - 1_000) });
    const [claims, ...signature] = token.split('.');
    const altered = [`${claims}x`, ...signature].join('.');
    for (const protocols of [['parley.chat.v1'], ['parley.chat.v1', altered], ['parley.chat.v1', expired]]) {
      const client = await open('', { protocols });
      client.resume({ lastSeq: 0 });
      expect(await client.closed).toMatchObject({ code: 4401, reason: 'token-invalid' });
      expect(client.frames).toEqual([]);
    }
  });

  it('a socket is closed when its session expires', async () => {
    const { threadId } = await somebody();
    const token = gateway.get(ChatTokens).issue({ threadId, expiresAt: new Date(Date.now() + 2_500) });
    const client = await open(token);
    expect(await client.closed).toMatchObject({ code: 4401 });
    expect(client.frames.at(-1)).toMatchObject({ type: 'closing', reason: 'session-expired' });
  });

  it('one process accepts a bounded number of sockets of one person', async () => {
    const { token } = await somebody();
    const clients = await Promise.all(Array.from({ length: MAX_CONNECTIONS_PER_CHAT }, () => open(token)));
    const last = await open(token);
    expect(await last.closed).toMatchObject({ code: 4429 });
    await Promise.all(clients.map((client) => client.close()));
    await waitUntil('a slot to be free', async () => {
      const next = await open(token);
      await next.received('ready');
      await next.close();
      return true;
    });
  });
});

describe('frames of a chat socket', () => {
  it('malformed frames are answered with an error, and many of them close the socket', async () => {
    const { token } = await somebody();
    const client = await open(token);
    client.sendRaw('nonsense');
    expect(await client.received('error')).toMatchObject({ code: 'malformed-frame' });
    for (let n = 0; n < 10; n++) client.sendRaw('{}');
    expect(await client.closed).toMatchObject({ code: 4400 });
  });

  it('a frame that is too large closes the socket', async () => {
    const { token } = await somebody();
    const client = await open(token);
    client.sendRaw('x'.repeat(33 * 1024));
    expect(await client.closed).toMatchObject({ code: 1009 });
  });

  it('a flood of frames closes the socket', async () => {
    const { token } = await somebody();
    const client = await open(token);
    for (let n = 0; n < 150; n++) client.send({ type: 'ping' });
    expect(await client.closed).toMatchObject({ code: 4429 });
  });

  it('a ping is answered', async () => {
    const { token } = await somebody();
    const client = await open(token);
    client.send({ type: 'ping' });
    await client.received('pong');
    await client.close();
  });
});

describe('the messages on a chat socket', () => {
  it('a client gets the messages after its position once, and each new one', async () => {
    const { token, threadId } = await somebody();
    for (let n = 1; n <= 120; n++) chats.add(threadId, `${n}`);
    const client = await open(token);
    client.resume({ conversationId: chats.conversationOf(threadId), lastSeq: 5 });
    await client.received('status', ({ state, lastSeq }) => state === 'current' && lastSeq === 120);
    chats.add(threadId, '121');
    await client.hasMessages(116);
    expect(client.texts).toEqual(Array.from({ length: 116 }, (_, n) => `${n + 6}`));
    await client.close();
  });

  it('a client without a position gets the newest messages', async () => {
    const { token, threadId } = await somebody();
    for (let n = 1; n <= 60; n++) chats.add(threadId, `${n}`);
    const client = await open(token);
    client.resume();
    await client.received('status');
    expect(client.texts).toEqual(Array.from({ length: 50 }, (_, n) => `${n + 11}`));
    await client.close();
  });

  it('a client that resumes before its chat has a conversation gets the first messages', async () => {
    const { token, threadId } = await somebody();
    const client = await open(token);
    client.resume();
    await client.received('status', ({ state, lastSeq }) => state === 'current' && lastSeq === 0);
    chats.add(threadId, 'Welcome', { isLost: true });
    chats.report(threadId, { step: 'appended' });
    expect(await client.hasMessages(1)).toEqual(['Welcome']);
    await client.close();
  });

  it('a client whose position is in an earlier conversation gets the current one from its beginning', async () => {
    const { token, threadId } = await somebody();
    const { conversationId } = chats.begin(threadId);
    chats.begin(threadId);
    chats.add(threadId, 'one');
    chats.add(threadId, 'two');
    const client = await open(token);
    client.resume({ conversationId, lastSeq: 1 });
    expect(await client.hasMessages(2)).toEqual(['one', 'two']);
    await client.close();
  });

  it('a client follows its chat into another conversation', async () => {
    const { token, threadId } = await somebody();
    chats.add(threadId, 'one');
    const client = await open(token);
    client.resume({ lastSeq: 0 });
    await client.hasMessages(1);
    chats.move(threadId);
    chats.add(threadId, 'two', { isLost: true });
    await client.hasMessages(2);
    chats.add(threadId, 'three');
    expect(await client.hasMessages(3)).toEqual(['one', 'two', 'three']);
    expect(new Set(client.messages.map(({ conversationId }) => conversationId)).size).toBe(2);
    await client.close();
  });

  it('a message whose event was lost is found by polling', async () => {
    const { token, threadId } = await somebody();
    chats.begin(threadId);
    const client = await open(token);
    client.resume({ lastSeq: 0 });
    await client.received('status');
    chats.add(threadId, 'Lost and found', { isLost: true });
    expect(await client.hasMessages(1)).toEqual(['Lost and found']);
    await client.close();
  });

  it('a client gets the status delayed during an outage, and afterwards the messages that it missed', async () => {
    const { token, threadId } = await somebody();
    chats.begin(threadId);
    const client = await open(token);
    chats.isAvailable = false;
    client.resume({ lastSeq: 0 });
    await client.received('status', ({ state }) => state === 'delayed');
    chats.add(threadId, 'Hello again', { isLost: true });
    chats.isAvailable = true;
    expect(await client.hasMessages(1)).toEqual(['Hello again']);
    await client.received('status', ({ state }) => state === 'current');
    await client.close();
  });

  it('a client that does not read is disconnected, and the gateway reads no more messages for it', async () => {
    const { token, threadId } = await somebody();
    for (let n = 1; n <= 2_500; n++) chats.add(threadId, 'x'.repeat(8_000), { isLost: true });
    const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/v1/chat`, ['parley.chat.v1', token]);
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    let received = 0;
    socket.on('message', () => (received += 1));
    await new Promise((resolve) => socket.on('open', resolve));
    const readsBefore = chats.reads;
    socket.send('{"type":"resume","lastSeq":0}');
    socket.pause();
    await waitUntil('the gateway to stop reading', async () => {
      const count = chats.reads;
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      return chats.reads === count && count > readsBefore;
    });
    socket.resume();
    // 1006 if this machine stalls for longer than the gateway waits for the answer to its close.
    expect([4408, 1006]).toContain(await closed);
    expect(received).toBeLessThan(2_500);
  });

  it('all sockets of a person show the draft of a reply, even a socket that resumes while the agent writes', async () => {
    const { token, threadId } = await somebody();
    chats.begin(threadId);
    const [first, late] = [await open(token), await open(token)];
    first.resume({ lastSeq: 0 });
    await first.received('status');
    const [turnId, draftId] = [newId('turn'), randomUUID()];
    const part = (offset: number, text: string, id = draftId) =>
      chats.report(threadId, { step: 'draft', draft: { turnId, draftId: id, offset, text } });
    part(0, '');
    await first.received('typing', ({ isTyping }) => isTyping === true);
    part(0, 'Yes');
    await first.received('delta', ({ text }) => text === 'Yes');
    late.resume({ lastSeq: 0 });
    await late.received('delta', ({ offset, text }) => offset === 0 && text === 'Yes');
    part(3, ', from 10');
    for (const client of [first, late]) await client.received('delta', ({ offset }) => offset === 3);
    chats.report(threadId, { step: 'dropped' });
    await first.received('typing', ({ isTyping }) => isTyping === false);
    await Promise.all([first.close(), late.close()]);
  });
});

describe('web chat over plain HTTP', () => {
  const bearer = (token: string) => ({
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
  });
  const post = (path: string, token: string, body: object, headers: Record<string, string> = {}) =>
    gateway.api(path, null, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { ...bearer(token), ...headers },
    });

  it('a message that is sent on a socket and again over HTTP, with one clientMessageId, is stored once', async () => {
    const { token, threadId } = await somebody();
    const client = await open(token);
    const messageId = await client.say('Hello!', 'm-1');
    const again = await post('/v1/chat/messages', token, { clientMessageId: 'm-1', text: 'Hello!' });
    expect(again).toMatchObject({ status: 202, body: { clientMessageId: 'm-1', messageId } });
    const other = await post('/v1/chat/messages', token, { clientMessageId: 'm-1', text: 'Other' });
    expect(other).toMatchObject({ status: 422, body: { code: 'client_message_id_reused' } });
    expect((await post('/v1/chat/messages', token, { clientMessageId: 'm-2', text: ' ' })).status).toBe(422);
    expect(await published(threadId)).toHaveLength(1);
    for (let n = 0; n < 12; n++)
      await post('/v1/chat/messages', token, { clientMessageId: 'm-1', text: 'Hello!' });
    expect(await post('/v1/chat/messages', token, { clientMessageId: 'm-1', text: 'Hello!' })).toMatchObject({
      status: 429,
      body: { code: 'too_many_requests', retryable: true },
    });
    await client.close();
  });

  it.each([
    ['POST', '/v1/chat/messages'],
    ['GET', '/v1/chat/stream'],
  ])('%s %s accepts a session token only, not an API key', async (method, path) => {
    const init = {
      method,
      ...(method === 'POST' && { body: '{}', headers: { 'content-type': 'application/json' } }),
    };
    for (const key of [null, API_KEY, 'x.y.z']) expect((await gateway.api(path, key, init)).status).toBe(401);
  });

  it('a stream of events shows what a socket shows, and continues after its last event', async () => {
    const { token, threadId } = await somebody();
    for (const text of ['one', 'two', 'three']) chats.add(threadId, text);
    const first = await EventReader.open(`${gateway.url}/v1/chat/stream`, bearer(token));
    await first.has('three');
    expect(first.text).toMatch(/event: status\ndata: \{"state":"current"/);
    chats.report(threadId, {
      step: 'draft',
      draft: { turnId: newId('turn'), draftId: randomUUID(), offset: 0, text: 'Yes' },
    });
    await first.has('event: delta');
    first.close();
    const lastEventId = `${chats.conversationOf(threadId)}/2`;
    const next = await EventReader.open(`${gateway.url}/v1/chat/stream`, {
      ...bearer(token),
      'last-event-id': lastEventId,
    });
    chats.add(threadId, 'four');
    await next.has('four');
    expect(next.text.match(/"text":"(one|two|three|four)"/g)).toEqual(['"text":"three"', '"text":"four"']);
    next.close();
    const wrong = { ...bearer(token), 'last-event-id': '7' };
    expect((await gateway.api('/v1/chat/stream', null, { headers: wrong })).status).toBe(400);
  });

  it('a backend writes into a conversation as its contact, and follows it', async () => {
    const { threadId } = await somebody();
    chats.add(threadId, 'Welcome');
    const path = `/v1/conversations/${chats.conversationOf(threadId)}`;
    const send = (key: string | undefined, text = 'Hello!') =>
      post(`${path}/messages`, API_KEY, { text }, key === undefined ? {} : { 'idempotency-key': key });
    const { status, body } = await send('k-1');
    expect([status, body]).toMatchObject([
      202,
      { channel: 'web', author: 'contact', text: 'Hello!', status: 'accepted' },
    ]);
    expect((await send('k-1')).body).toMatchObject({ id: (body as { id: string }).id });
    expect(await send('k-1', 'Other')).toMatchObject({
      status: 422,
      body: { code: 'client_message_id_reused' },
    });
    expect((await send(undefined)).status).toBe(400);
    expect(await published(threadId)).toMatchObject([
      { messageId: (body as { id: string }).id, text: 'Hello!' },
    ]);
    const events = await EventReader.open(`${gateway.url}${path}/stream`, bearer(API_KEY));
    await events.has('Welcome');
    events.close();
    const unknown = await post(
      `/v1/conversations/${newId('conv')}/messages`,
      API_KEY,
      { text: 'Hi' },
      { 'idempotency-key': 'k' },
    );
    expect(unknown.status).toBe(404);
  });
});

/** Reads a stream of server-sent events. */
class EventReader {
  text = '';

  private constructor(private readonly stopping: AbortController) {}

  static async open(url: string, headers: Record<string, string>): Promise<EventReader> {
    const stopping = new AbortController();
    const response = await fetch(url, { headers, signal: stopping.signal });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const reader = new EventReader(stopping);
    void reader.#read(response).catch(() => undefined);
    return reader;
  }

  async has(words: string): Promise<void> {
    await waitUntil(`the event "${words}"`, () => this.text.includes(words));
  }

  close(): void {
    this.stopping.abort();
  }

  async #read(response: Response): Promise<void> {
    for await (const chunk of response.body!) this.text += Buffer.from(chunk).toString();
  }
}

it('five hundred clients that reconnect at once lose no message and get none twice', async () => {
  const people = await Promise.all(Array.from({ length: 50 }, () => somebody()));
  for (const { threadId } of people) for (let n = 1; n <= 20; n++) chats.add(threadId, `${n}`);
  const tabs = people.flatMap((person) => Array.from({ length: 10 }, () => person));
  const clients = await Promise.all(tabs.map(({ token }) => open(token)));
  for (const [n, client] of clients.entries()) {
    client.resume({ conversationId: chats.conversationOf(tabs[n]!.threadId), lastSeq: n % 20 });
  }
  await Promise.all(clients.map((client) => client.received('status', ({ state }) => state === 'current')));
  for (const { threadId } of people) chats.add(threadId, '21');
  await Promise.all(clients.map((client, n) => client.hasMessages(21 - (n % 20))));
  for (const [n, client] of clients.entries()) {
    const from = (n % 20) + 1;
    expect(client.texts).toEqual(Array.from({ length: 22 - from }, (_, at) => `${from + at}`));
  }
  await Promise.all(clients.map((client) => client.close()));
});
