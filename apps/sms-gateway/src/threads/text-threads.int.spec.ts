import { AgentChanged, CheckConsent, OpenTextThread } from '@parley/contracts';
import { type E164, parseE164, type ThreadId } from '@parley/kernel';
import { waitUntil } from '@parley/local-stack';
import { NatsLink, RpcClient } from '@parley/messaging';
import { newId } from '@parley/service-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inboundParams, OWN_NUMBER, RunningGateway } from '../testing/running-gateway.js';

let gateway: RunningGateway;
let rpc: RpcClient;
let people = 0;

beforeAll(async () => {
  gateway = await RunningGateway.start({ TWILIO_OPT_OUT_HANDLING: 'off' });
  const link = gateway.get(NatsLink);
  await (await link.whenConnected()).flush();
  rpc = new RpcClient(link);
});
afterAll(async () => gateway.stop());

const somebody = () => parseE164(`+1555070${String(++people).padStart(4, '0')}`)!;
const consentOf = (threadId: ThreadId) => rpc.request(CheckConsent, { threadId });

it('[S-14] check-consent returns whether a thread’s person may be texted now', async () => {
  const person = somebody();
  const threadId = await gateway.threadWith(person);
  expect(await consentOf(threadId)).toEqual({ consent: 'given' });
  await gateway.post('/webhook/sms', inboundParams(person, 'STOP'));
  expect(await consentOf(threadId)).toEqual({ consent: 'opted-out' });
  await gateway.post('/webhook/sms', inboundParams(person, 'START'));
  expect(await consentOf(threadId)).toEqual({ consent: 'given' });
  expect(await consentOf(newId('thr'))).toBeNull();
});

it('open-thread opens one thread for a person on the configured line, even if it is called eight times at once', async () => {
  const to = somebody();
  const open = () => rpc.request(OpenTextThread, { to });
  const opened = await Promise.all(Array.from({ length: 8 }, open));
  expect(new Set(opened.map((thread) => thread?.threadId)).size).toBe(1);
  const { threadId } = opened[0]!;
  expect(await consentOf(threadId)).toEqual({ consent: 'given' });
  expect(await gateway.threadWith(to)).toBe(threadId);
});

it('open-thread opens a thread on an agent’s number before the person has texted that number', async () => {
  const [to, from] = [somebody(), parseE164('+15550109999')!];
  const thread = async (on?: E164) => {
    const opened = await rpc.request(OpenTextThread, { to, ...(on && { from: on }) });
    return opened?.threadId;
  };
  const onConfigured = await thread();
  expect(await thread(from)).toBe(onConfigured);
  await gateway.publish(AgentChanged, {
    ...AgentChanged.schema.parse(AgentChanged.example),
    numbers: [from],
  });
  await waitUntil('the number to be a line', async () => (await thread(from)) !== onConfigured);
  expect(await thread(parseE164(OWN_NUMBER))).toBe(onConfigured);
  expect(await rpc.request(OpenTextThread, { to: from })).toBeNull();
});

it('open-thread opens no thread to one of our own lines', async () => {
  expect(await rpc.request(OpenTextThread, { to: parseE164(OWN_NUMBER)! })).toBeNull();
});
