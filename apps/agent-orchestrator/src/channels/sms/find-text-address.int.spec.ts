import type { LocalPostgres } from '@parley/local-stack';
import { newId } from '@parley/service-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { someCall } from '../../testing/a-call.js';
import { givenOrchestrator, givenPostgres, someReceipt, someSms } from '../../testing/orchestrator.js';

let postgres: LocalPostgres;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ postgres, stop } = await givenPostgres());
});
afterAll(() => stop());

it('the text address of a contact is their thread, or the number they called from if they never texted', async () => {
  const { findTextAddress, receiveSms, recordCallState, reader } = await givenOrchestrator(postgres);
  expect(await findTextAddress.execute(newId('conv'))).toBeUndefined();
  await recordCallState.execute(someCall().state('initiated'), someReceipt());
  const [conversation] = await reader.conversations({}, 1, undefined);
  expect(await findTextAddress.execute(conversation!.id)).toEqual({ to: '+15550100001' });
  const sms = someSms();
  await receiveSms(sms, someReceipt());
  expect(await findTextAddress.execute(conversation!.id)).toEqual({ threadId: sms.threadId });
});
