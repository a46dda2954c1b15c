import { durableOf, SmsLoopDetected } from '@parley/contracts';
import { RetryableError } from '@parley/resilience';
import { newId } from '@parley/service-kit';
import { describe, expect, it } from 'vitest';
import { givenOrchestrator, someReceipt, someSms } from '../../testing/orchestrator.js';
import { withPostgres } from '../../testing/servers.js';

withPostgres();

const occurredAt = '2026-01-02T03:04:05.678Z';
const delivery = (sentAt = new Date()) => ({
  consumer: durableOf(SmsLoopDetected, 'agent-orchestrator'),
  eventId: newId('evt'),
  sentAt,
});

describe('[S-25] RecordLoop', () => {
  it('a detected loop flags its conversation once and publishes one event', async () => {
    const { receiveSms, recordLoop, reader, read } = await givenOrchestrator();
    const threadId = newId('thr');
    await receiveSms(someSms({ threadId, answeredBy: 'nobody' }), someReceipt());
    expect(await read.lanes()).toMatchObject([{ turn_due_at: null }]);
    const loop = { threadId, reason: 'reply-cap' as const, occurredAt };
    const once = delivery();
    expect(await recordLoop.execute(loop, once)).toEqual({ kind: 'flagged' });
    expect(await recordLoop.execute(loop, once)).toMatchObject({ kind: 'ignored' });
    const [conversation] = await reader.conversations({}, 1, undefined);
    expect(conversation!.flag).toEqual({ reason: 'reply-cap', flaggedAt: occurredAt });
    const flagged = (await read.events()).filter(({ type }) => type === 'evt.conversation.flagged.v1');
    expect(flagged).toMatchObject([{ data: { channel: 'sms', reason: 'reply-cap', flaggedAt: occurredAt } }]);
  });

  it('a loop on an unknown thread is retried, and an hour later it is ignored', async () => {
    const { recordLoop } = await givenOrchestrator();
    const loop = { threadId: newId('thr'), reason: 'carrier' as const, occurredAt };
    await expect(recordLoop.execute(loop, delivery())).rejects.toThrow(RetryableError);
    expect(await recordLoop.execute(loop, delivery(new Date(Date.now() - 3_600_000)))).toEqual({
      kind: 'ignored',
      reason: 'unknown-thread',
    });
  });
});
