import { type MessageId, parseE164 } from '@parley/kernel';
import { retryWithin } from '@parley/resilience';
import { newId } from '@parley/service-kit';
import { storedRowsWith } from '@parley/testing';
import { describe, expect, it } from 'vitest';
import { givenOrchestrator, someReceipt, someSms } from '../testing/orchestrator.js';
import { ScriptedModel } from '../testing/scripted-model.js';
import { withPostgres } from '../testing/servers.js';

withPostgres();

/** Retries as the consumer does, because on a slow machine some of many calls may get no connection in time. */
const patiently = <T>(work: () => Promise<T>): Promise<T> => retryWithin(25_000, work);

const range = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe('AppendInbound', () => {
  it('[S-12] a text is added to the log once, even if its fact arrives fifty times at once', async () => {
    const { receiveSms, read } = await givenOrchestrator();
    const sms = someSms();
    const delivery = someReceipt();
    const outcomes = await Promise.all(range(50).map(() => patiently(() => receiveSms(sms, delivery))));
    const ignored = outcomes.filter(({ kind }) => kind === 'ignored');
    expect(ignored).toEqual(
      Array.from({ length: 49 }, () => ({ kind: 'ignored', reason: 'event-seen-before' })),
    );
    expect(await read.messages()).toHaveLength(1);
    expect(await read.count('conversation')).toBe(1);
  });

  it('[S-12] a text is added to the log once, even if several facts describe it', async () => {
    const { receiveSms, read } = await givenOrchestrator();
    const sms = someSms();
    const outcomes = await Promise.all(range(20).map(() => patiently(() => receiveSms(sms, someReceipt()))));
    expect(outcomes.filter(({ kind }) => kind === 'appended')).toHaveLength(1);
    expect(outcomes).toContainEqual({ kind: 'ignored', reason: 'message-known' });
    expect((await read.events()).map(({ sequence, type }) => [sequence, type])).toEqual([
      [1, 'evt.conversation.created.v1'],
      [2, 'evt.message.received.v1'],
    ]);
  });

  it('[P-04] texts that two replicas append at once, and their events, are numbered without gaps in the order of the transactions', async () => {
    const first = await givenOrchestrator();
    const second = await first.anotherReplica();
    const threadId = newId('thr');
    await Promise.all(
      range(40).map((threadSeq) => {
        const { receiveSms } = threadSeq % 2 ? first : second;
        return patiently(() => receiveSms(someSms({ threadId, threadSeq }), someReceipt()));
      }),
    );
    expect((await first.read.messages()).map(({ seq }) => seq)).toEqual(range(40));
    const events = await first.read.events();
    expect(events.map(({ sequence }) => sequence)).toEqual(range(41));
    const xids = events.map(({ xid }) => Number(xid));
    expect(xids).toEqual(xids.toSorted((a, b) => a - b));
  });

  it('a person who texts on eight threads at the same time gets one conversation', async () => {
    const { receiveSms, read } = await givenOrchestrator();
    const threads = range(8).map(() => newId('thr'));
    await Promise.all(
      threads.flatMap((threadId) => [
        patiently(() => receiveSms(someSms({ threadId }), someReceipt())),
        patiently(() => receiveSms(someSms({ threadId }), someReceipt())),
      ]),
    );
    const counts = await Promise.all(
      ['contact', 'identity', 'conversation', 'lane', 'thread'].map(read.count),
    );
    expect(counts).toEqual([1, 1, 1, 1, 8]);
    expect((await read.messages()).map(({ seq }) => seq)).toEqual(range(16));
  });

  it('texts of two people are in two conversations', async () => {
    const { receiveSms, read } = await givenOrchestrator();
    await receiveSms(someSms(), someReceipt());
    await receiveSms(someSms({ from: parseE164('+15550100002')! }), someReceipt());
    expect(await read.count('conversation')).toBe(2);
  });

  it('[S-22] no table contains a person’s number in clear', async () => {
    const { receiveSms, database } = await givenOrchestrator();
    await receiveSms(someSms({ text: 'a very private matter' }), someReceipt());
    const found = (words: string[]) => storedRowsWith(database.rows.bind(database), ['orchestrator'], words);
    expect((await found(['private matter'])).map(({ table }) => table)).toContain('orchestrator.message');
    expect(await found(['5550100001'])).toEqual([]);
  });

  it('a text that arrives too late is added to the log and not answered', async () => {
    const { receiveSms, read } = await givenOrchestrator();
    await receiveSms(someSms(), someReceipt({ isStale: true }));
    expect(await read.messages()).toHaveLength(1);
    expect(await read.lanes()).toMatchObject([{ last_inbound_seq: 0, turn_due_at: null }]);
  });

  it('the attachments of a text are in the log, in its event and, as words, in the prompt', async () => {
    const { receiveSms, claimTurns, takeTurnWith, reader, read } = await givenOrchestrator();
    const media = [{ url: 'https://api.twilio.com/2010-04-01/Media/ME1', contentType: 'image/jpeg' }];
    const outcome = await receiveSms(someSms({ text: 'Is this it?', media }), someReceipt());
    expect(await reader.message((outcome as { messageId: MessageId }).messageId)).toMatchObject({ media });
    expect((await read.events()).find(({ type }) => type === 'evt.message.received.v1')!.data).toMatchObject({
      text: 'Is this it?',
      media,
    });
    const model = new ScriptedModel(async () => 'Yes.');
    const { turns } = await claimTurns.execute(16);
    await takeTurnWith(model).execute(turns[0]!, new AbortController().signal);
    expect(model.prompts[0]!.messages).toEqual([
      { role: 'user', text: 'Is this it? (with a photo, image/jpeg)' },
    ]);
  });

  it('[S-14] a prompt contains no keywords, and log and events show who answered them', async () => {
    const { receiveSms, claimTurns, takeTurnWith, reader, read } = await givenOrchestrator();
    const threadId = newId('thr');
    const words = ['STOP', 'START', 'Hello', 'HELP', 'Are you there?'];
    for (const [index, text] of words.entries()) {
      const answeredBy = /^[A-Z]+$/.test(text)
        ? ({ answeredBy: index === 0 ? 'carrier' : 'gateway' } as const)
        : {};
      await receiveSms(someSms({ threadId, threadSeq: index + 1, text, ...answeredBy }), someReceipt());
    }
    const model = new ScriptedModel(async () => 'Yes.');
    const { turns } = await claimTurns.execute(16);
    await takeTurnWith(model).execute(turns[0]!, new AbortController().signal);
    expect(model.prompts[0]!.messages).toEqual([{ role: 'user', text: 'Hello\n\nAre you there?' }]);
    const shown = await reader.messages(turns[0]!.conversationId, {}, 9, 0);
    const marks = ['carrier', 'gateway', undefined, 'gateway', undefined];
    expect(shown!.slice(0, 5).map(({ answeredBy }) => answeredBy)).toEqual(marks);
    const received = (await read.events()).filter(({ type }) => type === 'evt.message.received.v1');
    expect(received.map(({ data }) => data['answeredBy'])).toEqual(marks);
  });

  it('[S-14] a keyword that the gateway answered is added to the log and does not disturb the turn in progress', async () => {
    const { receiveSms, claimTurns, read } = await givenOrchestrator();
    const threadId = newId('thr');
    await receiveSms(someSms({ threadId, text: 'Hello' }), someReceipt());
    const { turns } = await claimTurns.execute(16);
    await receiveSms(someSms({ threadId, threadSeq: 2, text: 'STOP', answeredBy: 'gateway' }), someReceipt());
    expect((await read.messages()).map(({ text }) => text)).toEqual(['Hello', 'STOP']);
    expect(await read.lanes()).toMatchObject([{ last_inbound_seq: 1, turn_id: turns[0]!.turnId }]);
    expect((await read.events()).at(-1)).toMatchObject({ type: 'evt.message.received.v1', data: { seq: 2 } });
  });

  it('[S-21] the log preserves a text’s case, emoji and writing direction, and drops characters that cannot be stored', async () => {
    const { receiveSms, read } = await givenOrchestrator();
    await receiveSms(someSms({ text: 'MiXed 👩‍👩‍👧 \u0000שלום' }), someReceipt());
    expect(await read.messages()).toMatchObject([{ text: 'MiXed 👩‍👩‍👧 שלום' }]);
  });
});
