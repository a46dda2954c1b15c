import { Logger } from '@nestjs/common';
import { ListAgents, defaultVoiceSettings } from '@parley/contracts';
import { waitUntil } from '@parley/local-stack';
import { someNumber } from '@parley/testing';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { incomingCall, RunningVoiceBridge } from '../testing/running-voice-bridge.js';
import { ScriptedAgent } from '../testing/scripted-agent.js';

const PATIENCE = { timeoutMs: 30_000 };
const { agentId } = ListAgents.exampleOutput.agents[0]!;

let bridge: RunningVoiceBridge;
let agent: ScriptedAgent;
beforeAll(async () => {
  bridge = await RunningVoiceBridge.start({ DEEPGRAM_MODEL: 'flux-general-multi' });
  agent = await ScriptedAgent.start(bridge.nats.url);
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(async () => {
  await agent?.stop();
  await bridge?.stop();
});

async function speaks(...languages: string[]): Promise<void> {
  await bridge.query('DELETE FROM agent');
  await bridge.query(
    `INSERT INTO agent (id, version, is_default, is_removed, voice, number_indexes) VALUES ($1, 1, true, false, $2, '{}')`,
    [agentId, JSON.stringify(defaultVoiceSettings(languages))],
  );
}

/**
 * Returns the last word of a sentence, to wait for it alone: on a machine that stalls, an utterance may break off in
 * the middle of the sentence.
 */
function lastWordOf(sentence: string): string {
  return sentence.split(' ').at(-1)!;
}

async function lastQuery(vendor: 'deepgram' | 'elevenlabs'): Promise<unknown> {
  return (await bridge.simulator.vendorSockets(vendor)).at(-1)!.query;
}

it("[V-01] an agent with one language greets in that language, and the vendors get the language's base tag", async () => {
  await speaks('es-ES');
  const call = await bridge.simulator.call(someNumber());
  await call.untilHeard(lastWordOf(defaultVoiceSettings(['es']).greeting));
  expect(await lastQuery('elevenlabs')).toMatchObject({ language_code: 'es' });
  expect(await lastQuery('deepgram')).toMatchObject({ language_hint: 'es' });
  await call.command('hangup');
});

it('[V-01] for an agent with several languages, the recogniser gets all of them as hints, and the voice gets no language', async () => {
  await speaks('de-AT', 'en');
  const call = await bridge.simulator.call(someNumber());
  await call.untilHeard(lastWordOf(defaultVoiceSettings(['de']).greeting));
  expect(await lastQuery('elevenlabs')).not.toHaveProperty('language_code');
  expect(await lastQuery('deepgram')).toMatchObject({ language_hint: ['de', 'en'] });
  await call.command('hangup');
});

it("[V-01] voice-bridge warns at its start about agents' languages that the models do not know", async () => {
  await speaks('de', 'sv');
  const warn = vi.spyOn(Logger.prototype, 'warn');
  await bridge.another();
  const warnings = (): unknown[] => warn.mock.calls.map(([, text]) => text);
  await waitUntil(
    'the warning',
    () => warnings().some((text) => String(text).includes('DEEPGRAM')),
    PATIENCE,
  );
  expect(warnings()).toContain('An agent speaks sv, which the model in DEEPGRAM_MODEL does not understand');
});

it("[V-06] a caller whose call lost its media socket hears an apology in the agent's language", async () => {
  await speaks('de');
  const params = incomingCall();
  await bridge.ring(params);
  const twiml = await (await bridge.post('/webhooks/twilio/voice/resume', params)).text();
  const { apology } = defaultVoiceSettings(['de']);
  expect(twiml).toContain(`<Response><Say language="de-DE">${apology}</Say><Hangup/></Response>`);
});
