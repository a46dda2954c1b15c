import { waitUntil } from '@parley/local-stack';
import { newId } from '@parley/service-kit';
import { StatementPlans, statementsOf } from '@parley/testing';
import { expect, it } from 'vitest';
import { someCall } from '../testing/a-call.js';
import { insertOldConversations } from '../testing/fill-log.js';
import { givenOrchestrator, someReceipt, someSms } from '../testing/orchestrator.js';
import { ScriptedModel } from '../testing/scripted-model.js';
import { postgres, withPostgres } from '../testing/servers.js';

/** The number of old conversations in the log. A million give the same plans and counts, but take a minute longer. */
const CONVERSATIONS = Number(process.env['PARLEY_PLAN_ROWS'] ?? 50_000);
const limits = {
  rows: 200,
  blocks: 600,
  shortTables: ['agent', 'agent_number', 'outbox', 'outbox_partition', 'outbox_settlement'],
};
const WAIT = { timeoutMs: 20_000 };

withPostgres();

/** Handles a text, its turn, the reports on its reply and a spoken turn, while the loops poll. */
async function conversation(orchestrator: Awaited<ReturnType<typeof givenOrchestrator>>): Promise<void> {
  const dueTurns = orchestrator.dueTurnsWith(new ScriptedModel(async () => 'Hi'));
  await orchestrator.receiveSms(someSms(), someReceipt());
  const replied = async () => (await orchestrator.read.sends()).length === 1;
  await waitUntil('the reply', replied, WAIT);
  const reply = (
    await orchestrator.database.rows<{ id: string }>(
      `SELECT id FROM message WHERE kind = 'answer' AND status = 'queued'`,
    )
  )[0]!;
  const occurredAt = new Date().toISOString();
  for (const status of ['sent', 'delivered'] as const) {
    const report = { threadId: newId('thr'), messageId: reply.id, sendId: newId('snd'), status, occurredAt };
    await orchestrator.recordMessageStatus.execute(report as never, someReceipt());
  }
  const call = someCall();
  const takeSpokenTurn = orchestrator.takeSpokenTurnWith(new ScriptedModel(async () => 'Hello caller'));
  await takeSpokenTurn.execute(call.turn(1, 'Hello'), new AbortController().signal, () => undefined);
  await dueTurns.stop();
}

it(
  `no statement of a turn reads more than ${limits.rows} rows among ${CONVERSATIONS} conversations`,
  { timeout: 120_000 + CONVERSATIONS },
  async () => {
    const orchestrator = await givenOrchestrator();
    const plans = await StatementPlans.open(await postgres.createDatabase('orchestrator'), 'orchestrator');
    try {
      await insertOldConversations(plans, CONVERSATIONS);
      const sent = await statementsOf(() => conversation(orchestrator));
      const statements = sent.filter(({ text }) => !isOfTheTest(text));
      expect(statements.length).toBeGreaterThan(15);
      for (const statement of statements) expect.soft(await plans.findings(statement, limits)).toEqual([]);
    } finally {
      await plans.close();
    }
  },
);

/** Statements of the test itself. */
function isOfTheTest(text: string): boolean {
  return /^SELECT (subject FROM outbox|id FROM message WHERE kind)/.test(text.trim());
}
