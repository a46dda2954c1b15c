import { type SimulatedCall, waitUntil } from '@parley/local-stack';
import { RunningParley, someNumber } from '@parley/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';

const GREETING = 'Hello, this is the test desk.';
/** The number of an agent that soon reprompts a silent caller. */
const HASTY_LINE = '+15550100010';
/** The number of an agent that allows only short calls. */
const BRIEF_LINE = '+15550100011';

let parley: RunningParley;

beforeAll(async () => {
  const phrases = {
    greeting: GREETING,
    reprompts: ['Are you there?', 'Anybody?'],
    goodbye: 'Goodbye then.',
    apology: 'Something broke.',
  };
  const voice = { languages: ['en-US'], silenceMs: 60_000, ...phrases };
  parley = await RunningParley.start({
    model: 'simulated',
    voice: true,
    replicas: { 'voice-bridge': 2 },
    mediaReplica: 1,
    agents: [
      { key: 'desk', default: true, voice },
      { key: 'hasty', numbers: [HASTY_LINE], voice: { ...voice, silenceMs: 4_000 } },
      { key: 'brief', numbers: [BRIEF_LINE], voice: { ...voice, maxDurationMs: 3_000 } },
    ],
  });
  await parley.untilAgentsAreKnown();
});
afterAll(async () => parley?.stop());

it.concurrent(
  '[V-06] a silent caller is reprompted twice, hears a goodbye and is hung up on, and Twilio gets no further answer',
  async () => {
    const call = await parley.simulator.call(someNumber(), { to: HASTY_LINE });
    await call.untilHeard(GREETING);
    await call.untilHeard('Are you there?');
    await call.untilHeard('Anybody?');
    await call.untilHeard('Goodbye then.');
    await call.untilStatus('completed');
    expect(await parley.callViewWhenOver(call)).toMatchObject({ status: 'ended', endReason: 'silence' });
    expect((await parley.transcriptOf(call, 4)).map(({ reply }) => reply?.kind)).toEqual([
      'greeting',
      'reprompt',
      'reprompt',
      'goodbye',
    ]);
    expect(await webhooks(call, 'voice')).toHaveLength(1);
    expect(await answeredAgain(call)).toEqual([]);
  },
);

it.concurrent(
  '[V-06] a call ends once, in whatever order and however late Twilio reports its end',
  async () => {
    const call = await parley.simulator.call(someNumber());
    await call.untilHeard(GREETING);
    const { id } = await parley.callView(call);
    // Twilio posts the status callback first, then breaks the socket and requests the next verb.
    expect((await twilioPosts(call, 'status', { CallStatus: 'completed' })).status).toBe(204);
    expect(await parley.callView(call)).toMatchObject({ status: 'ended', endReason: 'caller-hung-up' });
    // voice-bridge may close the socket before Twilio breaks it.
    await Promise.any([call.command('drop-socket'), call.untilStatus('completed')]);
    await call.untilStatus('completed');
    expect(await webhooks(call, 'redirect')).toHaveLength(1);
    expect(await answeredAgain(call)).toEqual([]);
    expect((await call.heard()).text).not.toContain('Something broke.');

    // Twilio repeats everything, and reports an end that contradicts the first one.
    const ended = await parley.callView(call);
    for (const CallStatus of ['completed', 'in-progress', 'failed', 'busy']) {
      expect((await twilioPosts(call, 'status', { CallStatus })).status).toBe(204);
    }
    for (const path of [`resume?callId=${id}`, 'resume']) {
      const answer = await twilioPosts(call, path, { CallStatus: 'in-progress' });
      expect(await answer.text()).toContain('<Response><Hangup/></Response>');
    }
    const again = await parley.webhook(
      { ...twilioParams(call), CallStatus: 'ringing' },
      { path: '/webhooks/twilio/voice', service: 'voice-bridge' },
    );
    expect(await again.text()).toContain('<Response><Hangup/></Response>');
    expect(await parley.callView(call)).toEqual(ended);
    const facts = await parley.query<{ state: string }>(
      `SELECT convert_from(payload, 'UTF8')::json->>'state' AS state FROM voice.outbox WHERE subject = $1 ORDER BY id`,
      [`int.call.state-changed.v1.${id}`],
    );
    expect(facts.map(({ state }) => state)).toEqual(['initiated', 'answered', 'ended']);
  },
);

it.concurrent('[V-06] a hang-up by REST ends the call at once', async () => {
  const call = await parley.simulator.call(someNumber());
  await call.untilHeard(GREETING);
  const { id } = await parley.callView(call);
  const answer = await parley.api(`/v1/calls/${id}/hangup`, {
    method: 'POST',
    headers: { 'idempotency-key': id },
  });
  expect(answer.status).toBeLessThan(300);
  await call.untilStatus('completed');
  expect(await parley.callViewWhenOver(call)).toMatchObject({ endReason: 'hung-up-by-request' });
  expect(await answeredAgain(call)).toEqual([]);
});

it.concurrent('[V-06] a call whose socket breaks ends with an apology, and nothing more', async () => {
  const call = await parley.simulator.call(someNumber());
  await call.untilHeard(GREETING);
  await call.command('drop-socket');
  await call.untilStatus('completed');
  expect((await call.heard()).text).toContain('Something broke.');
  expect(await parley.callViewWhenOver(call)).toMatchObject({ endReason: 'connection-lost' });
});

it('[V-06] a call that reaches its maximum duration ends with a goodbye, even if Twilio’s REST API fails', async () => {
  // The REST request fails for longer than it is retried, so that only closing the socket ends the call.
  await parley.simulator.fault({ kind: 'twilio.call', on: 'update', mode: '500', times: 100 });
  const call = await parley.simulator.call(someNumber(), { to: BRIEF_LINE });
  await call.untilHeard('Goodbye then.');
  await call.untilStatus('completed');
  await parley.simulator.heal();
  expect(await parley.callViewWhenOver(call)).toMatchObject({ endReason: 'too-long' });
  expect(await webhooks(call, 'redirect')).toHaveLength(1);
  expect(await answeredAgain(call)).toEqual([]);
});

it('[V-08] [V-13] a call whose process is killed during a reply ends with an apology, and its log holds the recognised and the heard words', async () => {
  const sentences = ['One two three four five six seven. ', 'Eight nine ten eleven twelve. ', 'Thirteen.'];
  const reply = sentences.join('');
  const call = await parley.simulator.call(someNumber());
  await call.untilHeard(GREETING);
  await parley.simulator.model({ mode: 'fixed', text: reply, asked: 'Count for me' });
  await call.say('Count for me please.');
  await call.untilHeard('three four');
  const { id } = await parley.callView(call);
  const dying = parley.process('voice-bridge', 1);
  await waitUntil('it to be written down how much was heard', () => heardCharsOf(id));
  // From here on the process writes nothing, except for a statement that it has already sent.
  dying.signal('SIGSTOP');
  await waitUntil('the statements of voice-bridge to be through', noStatementOfVoice);
  const writtenDown = await heardCharsOf(id);
  await dying.kill();
  try {
    await call.untilStatus('completed');
    const { text, words } = await call.heard();
    expect(text).toContain('Something broke.');
    const [, answer] = await parley.transcriptOf(call, 2);
    expect(answer).toMatchObject({
      said: 'Count for me please.',
      reply: { kind: 'answer', text: reply, cutBy: 'connection-lost' },
    });
    const { heardText } = answer!.reply!;
    expect(heardText).toBe(reply.slice(0, writtenDown));
    const heard = words.filter(({ cut, text: word }) => !cut && reply.includes(word));
    expect(countWords(heardText)).toBeLessThanOrEqual(heard.length);
    const { conversationId } = await parley.callView(call);
    await waitUntil('the answer to be in the conversation', async () => {
      const path = `/v1/conversations/${conversationId}/messages`;
      const { body } = await parley.api<{ data: { heardText?: string }[] }>(path);
      return body.data.some((message) => message.heardText === heardText);
    });
  } finally {
    await dying.start();
  }
});

/** Returns how far the current turn was heard, as voice-bridge stored it; undefined before any of it was heard. */
async function heardCharsOf(callId: string): Promise<number | undefined> {
  const [turn] = await parley.query<{ heard_chars: number }>(
    `SELECT heard_chars FROM voice.call_open_turn WHERE call_id = $1 AND turn_no = 2 AND heard_chars > 0`,
    [callId],
  );
  return turn?.heard_chars;
}

async function noStatementOfVoice(): Promise<boolean> {
  const sql = `SELECT 1 FROM pg_stat_activity WHERE application_name = 'voice-bridge' AND state <> 'idle'`;
  return (await parley.query(sql)).length === 0;
}

async function webhooks(call: SimulatedCall, purpose: string) {
  return (await call.events('webhook')).filter((event) => event['purpose'] === purpose);
}

/** Returns the answers to Twilio after the call had ended, except those that hang up. */
async function answeredAgain(call: SimulatedCall) {
  const redirects = await webhooks(call, 'redirect');
  return redirects.filter((event) => !/<Response><Hangup\/><\/Response>/.test(String(event['twiml'])));
}

/** Posts to voice-bridge what Twilio would post about this call. */
async function twilioPosts(
  call: SimulatedCall,
  path: string,
  params: Record<string, string>,
): Promise<Response> {
  return parley.webhook(
    { ...twilioParams(call), ...params },
    { path: `/webhooks/twilio/voice/${path}`, service: 'voice-bridge' },
  );
}

function twilioParams({ callSid }: SimulatedCall): Record<string, string> {
  return { CallSid: callSid, AccountSid: parley.twilioAccountSid, To: parley.line };
}

function countWords(text: string): number {
  return text.split(/\s+/).filter(Boolean).length;
}
