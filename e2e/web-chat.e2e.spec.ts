import type { MessageView } from '@parley/contracts';
import { ChatClient, type ChatFrame, RunningParley } from '@parley/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let parley: RunningParley;

beforeAll(async () => {
  parley = await RunningParley.start({
    model: 'simulated',
    replicas: { 'sms-gateway': 2, 'agent-orchestrator': 2 },
  });
});
afterAll(async () => parley?.stop());

/** A person whose backend has opened a session, and whose words the model recognises. */
async function somebody() {
  const userId = randomUUID();
  const init = {
    method: 'POST',
    body: JSON.stringify({ userId }),
    headers: { 'content-type': 'application/json' },
  };
  const { body } = await parley.api<{ token: string }>('/v1/chat/sessions', init);
  const name = userId.slice(0, 8);
  return {
    name,
    /** Opens a tab at one of the gateways and follows the chat from a position. */
    tab: async (gateway: number, position?: { conversationId?: string; lastSeq: number }) => {
      const client = await ChatClient.open(parley.process('sms-gateway', gateway).url, body.token);
      client.resume(position ?? { lastSeq: 0 });
      await client.received('status', ({ state }) => state === 'current');
      return client;
    },
    says: (script: object) => parley.simulator.model({ mode: 'fixed', asked: name, ...script }),
  };
}

/** The text that the drafts of these frames show in the end. */
function drafted(frames: readonly ChatFrame[]): string {
  return frames.reduce((shown, { type, offset = 0, text = '' }) => {
    if (type !== 'delta') return shown;
    return offset === 0 ? text : offset === shown.length ? shown + text : shown;
  }, '');
}

describe('web chat', () => {
  it.concurrent(
    '[S-02] a web message gets a reply that is shown while it is written, and then once',
    async (test) => {
      const { name, tab, says } = await somebody();
      const text = 'Yes, from ten to four. Shall I keep a table for you?';
      await says({ text });
      const client = await tab(0);
      await client.say(`Are you open, asks ${name}`);
      expect(await client.hasMessages(2)).toEqual([`Are you open, asks ${name}`, text]);
      test.expect(client.frames.map(({ type }) => type)).toContain('typing');
      test.expect(drafted(client.frames)).toBe(text);
      await parley.settled();
      test.expect(client.texts).toHaveLength(2);
      const { conversationId } = client.messages[0]!;
      const log: MessageView[] = await parley.messagesIn(conversationId);
      test.expect(log.map(({ channel, author }) => [channel, author])).toEqual([
        ['web', 'contact'],
        ['web', 'agent'],
      ]);
      await client.close();
    },
  );

  it.concurrent(
    '[S-12] a message that is sent again to another gateway is one message with one reply',
    async (test) => {
      const { name, tab, says } = await somebody();
      await says({ text: 'Hello.' });
      const [first, second] = [await tab(0), await tab(1)];
      const ids = await Promise.all([first, second].map((client) => client.say(`It is ${name}`, 'm-1')));
      test.expect(ids[0]).toBe(ids[1]);
      for (const client of [first, second]) await client.hasMessages(2);
      await parley.settled();
      for (const client of [first, second]) test.expect(client.texts).toEqual([`It is ${name}`, 'Hello.']);
      await Promise.all([first.close(), second.close()]);
    },
  );

  it.concurrent('a person sees the same messages in all tabs, at any gateway', async (test) => {
    const { name, tab, says } = await somebody();
    await says({ text: 'Hello.' });
    const [left, right] = [await tab(0), await tab(1)];
    await left.say(`This is ${name}`);
    await right.hasMessages(2);
    await right.say(`And again ${name}`);
    const seen = [`This is ${name}`, 'Hello.', `And again ${name}`, 'Hello.'];
    for (const client of [left, right]) test.expect(await client.hasMessages(4)).toEqual(seen);
    await Promise.all([left.close(), right.close()]);
  });

  it.concurrent('a client that reconnects gets what it missed, and nothing twice', async (test) => {
    const { name, tab, says } = await somebody();
    await says({ text: 'Hello.' });
    const before = await tab(0);
    await before.say(`First ${name}`);
    await before.hasMessages(2);
    await before.close();
    const meanwhile = await tab(1);
    await meanwhile.say(`Second ${name}`);
    await meanwhile.hasMessages(4);
    await meanwhile.close();
    const after = await tab(1, before.position);
    test.expect(after.texts).toEqual([`Second ${name}`, 'Hello.']);
    await after.close();
  });

  it.concurrent('an operator writes into a web chat', async (test) => {
    const { name, tab, says } = await somebody();
    await says({ text: 'Hello.' });
    const client = await tab(0);
    await client.say(`Somebody there? ${name}`);
    await client.hasMessages(2);
    const { conversationId } = client.position;
    const { status, body } = await parley.api<MessageView>('/v1/messages', {
      method: 'POST',
      body: JSON.stringify({ conversationId, text: 'This is Grace, a person.' }),
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    });
    test.expect([status, body.channel]).toEqual([202, 'web']);
    await client.hasMessages(3);
    test.expect(client.messages.at(-1)).toMatchObject({ author: 'human', text: 'This is Grace, a person.' });
    await client.close();
  });
});

it('a client whose gateway is killed in the middle of an answer resumes at another gateway', async () => {
  const { name, tab, says } = await somebody();
  await says({ text: 'Here it is.', delayMs: 2_000 });
  const before = await tab(0);
  await before.say(`Look it up, ${name}`);
  await before.hasMessages(1);
  await before.received('typing');
  await parley.process('sms-gateway', 0).kill();
  await before.closed;
  const after = await tab(1, before.position);
  expect(await after.hasMessages(1)).toEqual(['Here it is.']);
  await after.close();
});
