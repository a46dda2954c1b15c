import type { SmsStatusChanged } from '@parley/contracts';
import type { ConversationId } from '@parley/kernel';
import { PoisonMessageError } from '@parley/resilience';
import { newId } from '@parley/service-kit';
import { describe, expect, it } from 'vitest';
import { givenOrchestrator, someReceipt, someSms } from '../testing/orchestrator.js';
import { ScriptedModel } from '../testing/scripted-model.js';
import { withPostgres } from '../testing/servers.js';

withPostgres();

async function givenReply() {
  const orchestrator = await givenOrchestrator();
  await orchestrator.receiveSms(someSms(), someReceipt());
  const { turns } = await orchestrator.claimTurns.execute(1);
  const takeTurn = orchestrator.takeTurnWith(new ScriptedModel(async () => 'Hi'));
  await takeTurn.execute(turns[0]!, new AbortController().signal);
  const [, reply] = await orchestrator.read.messages();
  const report = (status: SmsStatusChanged['status'], more: Partial<SmsStatusChanged> = {}) => ({
    threadId: newId('thr'),
    messageId: reply!.id,
    sendId: newId('snd'),
    status,
    occurredAt: new Date().toISOString(),
    ...more,
  });
  return { ...orchestrator, report };
}

describe('RecordMessageStatus', () => {
  it('[S-16] a delivery status only rises, and each step is published once', async () => {
    const { recordMessageStatus, report, read } = await givenReply();
    const record = (status: SmsStatusChanged['status']) =>
      recordMessageStatus.execute(report(status), someReceipt());
    expect(await record('delivered')).toEqual({ kind: 'raised' });
    expect(await record('sent')).toEqual({ kind: 'ignored', reason: 'not-higher' });
    expect(await record('delivered')).toEqual({ kind: 'ignored', reason: 'not-higher' });
    expect(await record('unknown')).toEqual({ kind: 'ignored', reason: 'unknown-status' });
    expect(await read.messages()).toMatchObject([{}, { status: 'delivered' }]);
    expect((await read.events()).slice(5).map(({ sequence, type }) => [sequence, type])).toEqual([
      [6, 'evt.message.delivered.v1'],
    ]);
  });

  it('a status report that changes nothing is recorded as handled, so that settlement does not publish it again', async () => {
    const { recordMessageStatus, report, read } = await givenReply();
    const before = await read.count('inbox');
    await recordMessageStatus.execute(report('unknown'), someReceipt());
    expect(await read.count('inbox')).toBe(before + 1);
  });

  it('the event and the log of an undelivered text contain the error code', async () => {
    const { recordMessageStatus, report, read, reader } = await givenReply();
    await recordMessageStatus.execute(report('undelivered', { errorCode: '30003' }), someReceipt());
    const event = (await read.events()).at(-1)!;
    expect(event).toMatchObject({ type: 'evt.message.undelivered.v1', data: { errorCode: '30003' } });
    expect(await reader.messages(event.conversation, {}, 10, 1)).toMatchObject([{ errorCode: '30003' }]);
  });

  it('a status report that is delivered twice counts once', async () => {
    const { recordMessageStatus, report } = await givenReply();
    const delivery = someReceipt();
    await recordMessageStatus.execute(report('sent'), delivery);
    expect(await recordMessageStatus.execute(report('delivered'), delivery)).toEqual({
      kind: 'ignored',
      reason: 'event-seen-before',
    });
  });

  it('[S-16] status reports that are handled together each have their own outcome', async () => {
    const { recordMessageStatus, appendOperatorMessage, report, read } = await givenReply();
    const [{ conversation_id: conversationId }] = (await read.lanes()) as [
      { conversation_id: ConversationId },
    ];
    const other = newId('msg');
    const requestedAt = new Date().toISOString();
    const validUntil = new Date(Date.now() + 60_000).toISOString();
    await appendOperatorMessage.execute(
      {
        target: conversationId,
        messageId: other,
        author: 'human',
        text: 'Me again',
        requestedAt,
        validUntil,
      },
      someReceipt(),
    );
    const repeated = someReceipt();
    const reports = [
      recordMessageStatus.execute(report('sent'), someReceipt()),
      recordMessageStatus.execute(report('sent', { messageId: other }), repeated),
      recordMessageStatus.execute(report('delivered'), someReceipt()),
      recordMessageStatus.execute(report('sent'), someReceipt()),
    ];
    expect(await Promise.all(reports)).toEqual([
      { kind: 'raised' },
      { kind: 'raised' },
      { kind: 'raised' },
      { kind: 'ignored', reason: 'not-higher' },
    ]);
    expect(await read.messages()).toMatchObject([{}, { status: 'delivered' }, { status: 'sent' }]);
    const events = (await read.events()).slice(6);
    expect(events.map(({ sequence }) => sequence)).toEqual([7, 8, 9]);
    expect(events.map(({ type }) => type).toSorted()).toEqual([
      'evt.message.delivered.v1',
      'evt.message.sent.v1',
      'evt.message.sent.v1',
    ]);
    const [again, stray, good] = await Promise.allSettled([
      recordMessageStatus.execute(report('read', { messageId: other }), repeated),
      recordMessageStatus.execute(report('sent', { messageId: newId('msg') }), someReceipt()),
      recordMessageStatus.execute(report('read'), someReceipt()),
    ]);
    expect(again).toMatchObject({ value: { reason: 'event-seen-before' } });
    expect(stray).toMatchObject({ reason: expect.any(PoisonMessageError) });
    expect(good).toMatchObject({ value: { kind: 'raised' } });
  });

  it('a status report on an unknown message is poison', async () => {
    const { recordMessageStatus, report } = await givenReply();
    const unknown = report('sent', { messageId: newId('msg') });
    await expect(recordMessageStatus.execute(unknown, someReceipt())).rejects.toThrow(PoisonMessageError);
  });
});
