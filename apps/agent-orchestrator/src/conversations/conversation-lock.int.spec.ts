import { durableOf, SmsReceived } from '@parley/contracts';
import { RetryableError } from '@parley/resilience';
import { newId } from '@parley/service-kit';
import { expect, it } from 'vitest';
import { givenOrchestrator, someReceipt, someSms } from '../testing/orchestrator.js';
import { withPostgres } from '../testing/servers.js';

withPostgres();

const delivery = () => ({ consumer: durableOf(SmsReceived, 'agent-orchestrator'), eventId: newId('evt') });

/** Lets a person get a reply and text again, and claims the next turn. */
async function givenTurn() {
  const orchestrator = await givenOrchestrator();
  const { receiveSms, claimTurns, lanes, endTurn, read, recordMessageStatus, appendOperatorMessage } =
    orchestrator;
  const threadId = newId('thr');
  const text = () => receiveSms(someSms({ threadId }), someReceipt());
  const claim = async () => {
    const { turns } = await claimTurns.execute(1);
    return { turn: turns[0]!, context: await lanes.contextOf(turns[0]!, 10) };
  };
  await text();
  const first = await claim();
  await endTurn.execute(first.turn, first.context, { kind: 'answer', text: 'Hi' });
  await text();
  const { turn, context } = await claim();
  const messageId = (await read.messages()).find(({ kind }) => kind === 'answer')!.id;
  const now = new Date().toISOString();
  const report = { threadId, messageId, sendId: newId('snd'), status: 'sent', occurredAt: now } as const;
  const operatorMessage = {
    target: threadId,
    messageId: newId('msg'),
    text: 'Hello',
    author: 'human',
  } as const;
  return {
    ...orchestrator,
    turn,
    writes: {
      'a text': text,
      'an answer': () => endTurn.execute(turn, context, { kind: 'answer', text: 'Hi again' }),
      'an apology': () => endTurn.execute(turn, context, { kind: 'failure', reason: 'model-error' }),
      'a turn given back': () => endTurn.giveBack(turn, { isRerun: true }),
      'a delivery status': () => recordMessageStatus.execute(report, delivery()),
      'an operator message': () =>
        appendOperatorMessage.execute({ ...operatorMessage, requestedAt: now, validUntil: now }, delivery()),
    },
  };
}

it('[P-04] every write to a conversation waits for the conversation’s lock first', async () => {
  const { database, turn, writes, read } = await givenTurn();
  const logged = await read.messages();
  const holder = await database.acquire();
  try {
    // Locks for the session, because Postgres would end a transaction that is idle for long.
    await holder.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [turn.conversationId]);
    const waits = await Promise.all(
      Object.entries(writes).map(async ([what, write]) => {
        const error: unknown = await write().then(
          () => undefined,
          (cause: unknown) => cause,
        );
        const statement = error instanceof RetryableError && (error.cause as { query: string }).query;
        return [what, String(statement).includes('pg_advisory_xact_lock')];
      }),
    );
    expect(Object.fromEntries(waits)).toEqual(
      Object.fromEntries(Object.keys(writes).map((what) => [what, true])),
    );
  } finally {
    await holder.query('SELECT pg_advisory_unlock_all()');
    await holder.release();
  }
  expect(await read.messages()).toEqual(logged);
});
