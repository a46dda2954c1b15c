import { newId } from '@parley/service-kit';
import { expect, it } from 'vitest';
import { someCall } from '../../testing/a-call.js';
import { givenOrchestrator, someReceipt, someSms } from '../../testing/orchestrator.js';
import { withPostgres } from '../../testing/servers.js';

withPostgres();

it('the text address of a contact is their thread, or the number they called from if they never texted', async () => {
  const { findTextAddress, receiveSms, recordCallState, reader } = await givenOrchestrator();
  expect(await findTextAddress.execute(newId('conv'))).toBeUndefined();
  await recordCallState.execute(someCall().state('initiated'), someReceipt());
  const [conversation] = await reader.conversations({}, 1, undefined);
  expect(await findTextAddress.execute(conversation!.id)).toEqual({ to: '+15550100001' });
  const sms = someSms();
  await receiveSms(sms, someReceipt());
  expect(await findTextAddress.execute(conversation!.id)).toEqual({ threadId: sms.threadId });
});
