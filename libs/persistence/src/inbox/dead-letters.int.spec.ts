import { deadLetters, durableOf, SendSms, subjectOf } from '@parley/contracts';
import type { MessageId } from '@parley/kernel';
import { DurableHandlers, type MessageContext, MessageHandling } from '@parley/messaging';
import { PoisonMessageError, RetryableError } from '@parley/resilience';
import { describe, expect, it } from 'vitest';

import { codec, connectedService, keys } from '../testing/stack.js';
import { newThread } from '../testing/outbox-writer.js';
import { rows } from '../database/transaction.js';
import { Transactions } from '../database/transactions.js';
import { deadLettersResponder } from './dead-letters.responder.js';
import { DeadLetters } from './dead-letters.js';
import { Inbox } from './inbox.js';
import { PostgresFailedMessages } from './postgres-failed-messages.js';
import { postgres, withPostgres } from '../testing/servers.js';

type List = (typeof deadLetters)['sms-gateway']['list']['output']['_output'];
type Letter = List['data'][number];
type Redrive = (typeof deadLetters)['sms-gateway']['redrive']['output']['_output'];

interface Responder {
  list(query: { limit: number; cursor?: string }): Promise<List>;
  get(key: { consumer: string; eventId: string }): Promise<Letter | null>;
  redrive(key: { requestId: string; consumer: string; eventId: string }): Promise<Redrive>;
}

const CONSUMER = durableOf(SendSms, 'sms-gateway');
const TEXT = 'a very private matter';

let requests = 0;
withPostgres();

/**
 * Starts a service with a consumer. Its handler writes a note in the transaction of the inbox mark, unless
 * the test replaces `work`.
 */
async function given() {
  const { database } = await connectedService(postgres, 12);
  const transactions = new Transactions(database);
  const inbox = new Inbox();
  const failed = new PostgresFailedMessages(database, keys);
  const handlers = new DurableHandlers();
  const calls: string[] = [];
  let work: (eventId: string) => Promise<void> = (eventId) =>
    transactions.run(async (tx) => {
      if (!(await inbox.once(tx, CONSUMER, eventId))) return;
      await rows(tx, 'INSERT INTO note (text) VALUES ($1)', [eventId]);
    });
  const handler = async (_: unknown, { envelope }: MessageContext) => {
    calls.push(envelope.id);
    await work(envelope.id);
  };
  handlers.add(CONSUMER, new MessageHandling(SendSms, CONSUMER, codec, handler, failed));
  const responder = new (deadLettersResponder('sms-gateway'))(
    new DeadLetters(database, keys),
    failed,
    handlers,
  ) as Responder;

  const addDeadLetter = async (eventId: string, error: unknown = new TypeError('cannot')) => {
    const threadId = newThread();
    const messageId = 'msg_01k9wm3v7hq2b8yjr5xet6c4dn' as MessageId;
    const data = { threadId, messageId, text: TEXT, validUntil: '2026-01-02T05:04:05.678Z' };
    const message = codec.encode(SendSms, data, {
      id: eventId,
      source: '/parley/agent-orchestrator',
      time: '2026-01-02T03:04:05.678Z',
    });
    await failed.storeDeadLetter(CONSUMER, message, error);
    return { requestId: `req_${++requests}`, consumer: CONSUMER, eventId };
  };
  const again = (key: Parameters<Responder['redrive']>[0]) => ({ ...key, requestId: `req_${++requests}` });
  const notes = () => database.rows<{ text: string }>('SELECT text FROM note');
  return {
    database,
    failed,
    responder,
    calls,
    addDeadLetter,
    again,
    notes,
    handledBy: (other: typeof work) => (work = other),
    work: (eventId: string) => work(eventId),
  };
}

describe('[P-11] dead letters', () => {
  it('dead letters are listed newest first in pages, none twice and none left out', async () => {
    const { responder, addDeadLetter } = await given();
    const ids = Array.from({ length: 5 }, (_, index) => `cmd_${index}`);
    for (const id of ids) await addDeadLetter(id);
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await responder.list({ limit: 2, ...(cursor && { cursor }) });
      found.push(...page.data.map(({ eventId }) => eventId));
      expect(page.hasMore).toBe(page.nextCursor !== null);
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(found).toEqual(ids.toReversed());
    await expect(responder.list({ limit: 2, cursor: 'elsewhere' })).rejects.toThrow(/cursor/);
  });

  it('a dead letter shows its subject and error without phone numbers, and none of its secret fields', async () => {
    const { responder, addDeadLetter } = await given();
    const key = await addDeadLetter('cmd_shown', new Error('+15550100001 said it to 15550100002'));
    const letter = await responder.get(key);
    expect(letter).toMatchObject({
      consumer: CONSUMER,
      eventId: 'cmd_shown',
      type: 'cmd.sms.send.v1',
      occurredAt: '2026-01-02T03:04:05.678Z',
      error: 'Error: … said it to …',
      data: { messageId: 'msg_01k9wm3v7hq2b8yjr5xet6c4dn', validUntil: '2026-01-02T05:04:05.678Z' },
      hidden: ['text'],
    });
    expect(letter!.subject).toBe(subjectOf(SendSms, String(letter!.data['threadId'])));
    expect(JSON.stringify(letter)).not.toMatch(/private|5550100/);
  });

  it.each([
    ['not JSON', '+15550100001 {', {}, []],
    ['a list', '["+15550100001"]', {}, []],
    [
      'an object with numbers as id and key',
      '{"threadId":"+15550100001","+15550100002":1}',
      {},
      ['threadId', '(unknown)'],
    ],
  ])('a dead letter whose payload is %s shows no value of the payload', async (_, payload, data, hidden) => {
    const { responder, failed } = await given();
    const message = {
      id: 'INT:2026-01-02T03:04:05.1Z:7',
      subject: 'cmd.sms.send.v1.thr_x',
      headers: {},
      payload: Buffer.from(payload),
    };
    await failed.storeDeadLetter(CONSUMER, message, new PoisonMessageError('unreadable'));
    expect((await responder.list({ limit: 10 })).data).toMatchObject([{ eventId: message.id, data, hidden }]);
  });
});

describe('[P-11] a redrive', () => {
  it('a redrive hands the message to its handler, and a message that was handled is not a dead letter', async () => {
    const { responder, addDeadLetter, notes, again, database } = await given();
    const key = await addDeadLetter('cmd_1');
    expect(await responder.redrive(key)).toEqual({ outcome: 'handled' });
    expect(await notes()).toEqual([{ text: 'cmd_1' }]);
    expect((await responder.list({ limit: 10 })).data).toEqual([]);
    expect(await responder.redrive(again(key))).toBeNull();
    expect(await database.rows('SELECT state, payload FROM inbox')).toEqual([
      { state: 'done', payload: null },
    ]);
  });

  it('a redrive that is repeated with the same request id gets the first answer and does nothing', async () => {
    const { responder, addDeadLetter, calls, again, handledBy, work } = await given();
    const succeed = work;
    const key = await addDeadLetter('cmd_1');
    handledBy(() => Promise.reject(new TypeError('still broken')));
    const failed = { outcome: 'failed', error: 'TypeError: still broken' };
    expect(await responder.redrive(key)).toEqual(failed);
    handledBy(succeed);
    expect(await responder.redrive(key)).toEqual(failed);
    expect(calls).toHaveLength(1);
    const another = again(key);
    expect(await responder.redrive(another)).toEqual({
      outcome: 'failed',
      error: expect.any(String) as string,
    });
    await expect(responder.redrive({ ...key, eventId: 'cmd_2' })).rejects.toThrow(/another dead letter/);
  });

  it('a dead letter stays after a redrive that fails, with the newest error', async () => {
    const { responder, addDeadLetter, handledBy } = await given();
    const key = await addDeadLetter('cmd_1');
    handledBy(() => Promise.reject(new PoisonMessageError('worse')));
    expect(await responder.redrive(key)).toEqual({ outcome: 'failed', error: 'PoisonMessageError: worse' });
    expect((await responder.list({ limit: 10 })).data).toMatchObject([
      { error: 'PoisonMessageError: worse' },
    ]);
  });

  it('a redrive that ends with a retryable error changes nothing and may be repeated', async () => {
    const { responder, addDeadLetter, handledBy, notes, database } = await given();
    const key = await addDeadLetter('cmd_1');
    let isUnavailable = true;
    handledBy(async (eventId) => {
      if (isUnavailable) throw new RetryableError('unavailable');
      await new Transactions(database).run(async (tx) => {
        if (await new Inbox().once(tx, CONSUMER, eventId))
          await rows(tx, `INSERT INTO note (text) VALUES ('late')`, []);
      });
    });
    await expect(responder.redrive(key)).rejects.toThrow('unavailable');
    expect((await responder.list({ limit: 10 })).data).toMatchObject([{ error: 'TypeError: cannot' }]);
    isUnavailable = false;
    expect(await responder.redrive(key)).toEqual({ outcome: 'handled' });
    expect(await notes()).toHaveLength(1);
  });

  it('a redrive that is requested ten times at once is done once', async () => {
    const { responder, addDeadLetter, again, calls, notes } = await given();
    const key = await addDeadLetter('cmd_1');
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => responder.redrive(again(key))));
    expect(
      results.filter((each) => each.status === 'fulfilled' && each.value?.outcome === 'handled'),
    ).toHaveLength(1);
    for (const each of results)
      if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'redrive-under-way' });
    expect(calls).toHaveLength(1);
    expect(await notes()).toHaveLength(1);
  });

  it('a dead letter whose redrive ended with its process stays listed, and can be redriven after a minute', async () => {
    const { responder, addDeadLetter, again, database, notes } = await given();
    const key = await addDeadLetter('cmd_1');
    await new DeadLetters(database, keys).begin('req_dead', key);
    expect((await responder.list({ limit: 10 })).data).toHaveLength(1);
    await expect(responder.redrive(again(key))).rejects.toMatchObject({ code: 'redrive-under-way' });
    await database.rows(`UPDATE inbox SET updated_at = now() - interval '61 seconds'`);
    expect(await responder.redrive({ ...key, requestId: 'req_dead' })).toEqual({ outcome: 'handled' });
    expect(await notes()).toHaveLength(1);
  });

  it('a dead letter is gone after a redrive whose handler had nothing to do', async () => {
    const { responder, addDeadLetter, handledBy } = await given();
    const key = await addDeadLetter('cmd_1');
    handledBy(() => Promise.resolve());
    expect(await responder.redrive(key)).toEqual({ outcome: 'handled' });
    expect((await responder.list({ limit: 10 })).data).toEqual([]);
  });

  it('a redrive for an unknown consumer finds no dead letter', async () => {
    const { responder } = await given();
    expect(await responder.redrive({ requestId: 'req_x', consumer: 'another', eventId: 'cmd_1' })).toBeNull();
  });
});
