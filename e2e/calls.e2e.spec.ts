import { type SimulatedCall, waitUntil } from '@parley/local-stack';
import { RunningParley, someNumber } from '@parley/testing';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Call {
  id: string;
  status: string;
  endReason?: string;
  conversationId?: string;
}
interface Turn {
  turnNo: number;
  said: string;
  reply?: { kind: string; text: string; heardText: string; cutBy?: string; heardMs: number };
  noReplyReason?: string;
}
interface Page<T> {
  data: T[];
}

const GREETING = 'Hello, this is the test desk.';
const FILLER = 'Just a moment.';

const folder = mkdtempSync(join(tmpdir(), 'parley-agents-'));
let parley: RunningParley;

beforeAll(async () => {
  writeFileSync(join(folder, 'prompt.md'), 'You answer the phone.');
  writeFileSync(join(folder, 'agents.json'), JSON.stringify({ agents: [agent()] }));
  parley = await RunningParley.start({
    model: 'simulated',
    voice: true,
    replicas: { 'voice-bridge': 2 },
    mediaReplica: 1,
    env: { AGENTS_FILE: join(folder, 'agents.json') },
  });
  await parley.untilAgentsAreKnown();
});
afterAll(async () => {
  await parley?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('[V-01] a call', () => {
  it('has three turns, with the right words both ways, over processes that share nothing but NATS and Postgres', async () => {
    const call = await parley.simulator.call(someNumber());
    await call.untilHeard(GREETING);
    await call.untilQuiet();
    for (const said of ['I would like a table.', 'For six people please.', 'That is all thank you.']) {
      await call.say(said);
      await call.untilHeard(`you said "${said}"`);
      await call.untilQuiet();
    }
    await call.act('hangup');
    const { id } = await callOf(call);
    await waitUntil('the call to be over', async () => (await read(id)).status === 'ended');
    const turns = await transcript(id, 4);
    expect(turns.map(({ turnNo }) => turnNo)).toEqual([1, 2, 3, 4]);
    expect(turns[0]).toMatchObject({
      said: '',
      reply: { kind: 'greeting', text: GREETING, heardText: GREETING },
    });
    expect(turns.map(({ said }) => said)).toEqual([
      '',
      'I would like a table.',
      'For six people please.',
      'That is all thank you.',
    ]);
    for (const { reply } of turns) expect(reply?.heardText).toBe(reply?.text);
    expect(await read(id)).toMatchObject({ status: 'ended', endReason: 'caller-hung-up' });
    const [invalid, underruns] = await Promise.all([call.events('stream-error'), call.events('underrun')]);
    // A pause between two replies is none.
    expect([...invalid, ...underruns.filter(({ midWord }) => midWord)]).toEqual([]);
  });
});

describe('[V-02] a caller who interrupts', () => {
  it('silences the agent, and the log keeps only what was heard', async () => {
    const reply =
      'One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen.';
    const call = await parley.simulator.call(someNumber());
    await call.untilHeard(GREETING);
    await parley.simulator.model({ mode: 'fixed', text: reply, asked: 'Count for me' });
    await call.say('Count for me please.');
    await call.untilHeard('three four');
    await call.say('Stop that now.');
    await call.untilHeard('you said "Stop that now."');
    const [clear] = await call.events('clear', 1);
    expect(Number(clear!['unplayedMs'])).toBeGreaterThan(0);
    await call.act('hangup');

    const { id } = await callOf(call);
    const turns = await transcript(id, 3);
    const cut = turns.find(({ said }) => said === 'Count for me please.')?.reply;
    expect(cut).toMatchObject({ kind: 'answer', text: reply, cutBy: 'barge-in' });
    const { words } = await call.heard();
    const heard = words
      .filter(({ cut: isCut, text }) => !isCut && !FILLER.includes(text))
      .map(({ text }) => text)
      .join(' ');
    expect(cut!.heardText.length).toBeGreaterThan(0);
    expect(cut!.heardText.length).toBeLessThan(reply.length);
    expect(reply.startsWith(cut!.heardText)).toBe(true);
    const atMost = wordsAfterGreeting(heard).split('Message')[0]!.trim();
    // Never a word that was not heard; the last one may be missing.
    expect([countWords(atMost), countWords(atMost) - 1]).toContain(countWords(cut!.heardText));
    const [prompt] = await parley.simulator.prompts('Stop that now.');
    const said = prompt!.request.messages.map(({ content }) => JSON.stringify(content)).join('\n');
    expect(said).toContain(cut!.heardText);
    expect(said).not.toContain('fourteen');
  });
});

describe('a caller whose answer is late', () => {
  const delays = [{ delayMs: 4_000 }, { delayMs: 8_000 }];
  it.each(delays)(
    'hears a filler and then the answer, all that log and model know: $delayMs ms',
    async (slow) => {
      const reply = 'The kitchen closes at ten.';
      const call = await parley.simulator.call(someNumber());
      await call.untilHeard(GREETING);
      await call.untilQuiet();
      await parley.simulator.model({ mode: 'delay', ...slow, text: reply, asked: 'kitchen' });
      await call.say('When does the kitchen close?');
      await call.untilHeard(`${FILLER} ${reply}`);
      await call.untilQuiet();
      await call.say('Thank you very much.');
      await call.untilHeard('you said "Thank you very much."');
      await call.act('hangup');
      const { id } = await callOf(call);
      const [, late] = await transcript(id, 3);
      expect(late!.reply).toMatchObject({ kind: 'answer', text: reply, heardText: reply });
      const [prompt] = await parley.simulator.prompts('Thank you very much.');
      const shown = JSON.stringify(prompt!.request.messages);
      expect(shown).toContain(reply);
      expect(shown).not.toContain(FILLER);
      const underruns = await call.events('underrun');
      expect(underruns.filter(({ midWord }) => midWord)).toEqual([]);
    },
  );
});

describe('[V-06] how a call ends', () => {
  it('a silent caller is asked, twice, bid goodbye and hung up on, and the end is not answered again', async () => {
    const call = await parley.simulator.call(someNumber());
    await call.untilHeard(GREETING);
    await call.untilHeard('Are you there?');
    await call.untilHeard('Anybody?');
    await call.untilHeard('Goodbye then.');
    await call.untilStatus('completed');
    const { id } = await callOf(call);
    await waitUntil('the call to be over', async () => (await read(id)).status === 'ended');
    expect(await read(id)).toMatchObject({ status: 'ended', endReason: 'silence' });
    expect((await transcript(id, 4)).map(({ reply }) => reply?.kind)).toEqual([
      'greeting',
      'reprompt',
      'reprompt',
      'goodbye',
    ]);
    expect(await webhooks(call, 'voice')).toHaveLength(1);
    expect(await answeredAgain(call)).toEqual([]);
  });

  it('after the longest time that the agent allows, with a goodbye, also where Twilio is not told', async () => {
    const brief = { ...agent(), default: true, voice: { ...agent().voice, maxDurationMs: 3_000 } };
    await withAgent(brief, async () => {
      // Our REST request fails for longer than it is tried: then only the socket's close is left.
      await parley.simulator.fault({ kind: 'twilio.call', on: 'update', mode: '500', times: 100 });
      const call = await parley.simulator.call(someNumber());
      await call.untilHeard('Goodbye then.');
      await call.untilStatus('completed');
      await parley.simulator.heal();
      const { id } = await callOf(call);
      await waitUntil('the call to be over', async () => (await read(id)).status === 'ended');
      expect(await read(id)).toMatchObject({ endReason: 'too-long' });
      expect(await webhooks(call, 'redirect')).toHaveLength(1);
      expect(await answeredAgain(call)).toEqual([]);
    });
  });

  it('in whatever order Twilio tells of it, and however late', async () => {
    const call = await parley.simulator.call(someNumber());
    await call.untilHeard(GREETING);
    const { id } = await callOf(call);
    // The status callback comes first, the break of the socket and the next verb after it.
    expect((await twilioPosts(call, 'status', { CallStatus: 'completed' })).status).toBe(204);
    expect(await read(id)).toMatchObject({ status: 'ended', endReason: 'caller-hung-up' });
    await call.act('drop-socket');
    await call.untilStatus('completed');
    expect(await webhooks(call, 'redirect')).toHaveLength(1);
    expect(await answeredAgain(call)).toEqual([]);
    expect((await call.heard()).text).not.toContain('Something broke.');

    // All of it once more, and what never happened.
    const ended = await read(id);
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
    expect(await read(id)).toEqual(ended);
    const facts = await parley.query<{ state: string }>(
      `SELECT convert_from(payload, 'UTF8')::json->>'state' AS state FROM voice.outbox WHERE subject = $1 ORDER BY id`,
      [`int.call.state-changed.v1.${id}`],
    );
    expect(facts.map(({ state }) => state)).toEqual(['initiated', 'answered', 'ended']);
  });

  it('by REST, at once', async () => {
    const call = await parley.simulator.call(someNumber());
    await call.untilHeard(GREETING);
    const { id } = await callOf(call);
    const answer = await parley.api<Call>(`/v1/calls/${id}/hangup`, {
      method: 'POST',
      headers: { 'idempotency-key': id },
    });
    expect(answer.status).toBeLessThan(300);
    await call.untilStatus('completed');
    await waitUntil('the call to be over', async () => (await read(id)).status === 'ended');
    expect(await read(id)).toMatchObject({ endReason: 'hung-up-by-request' });
    expect(await answeredAgain(call)).toEqual([]);
  });

  it('with a broken socket: an apology, and nothing more', async () => {
    const call = await parley.simulator.call(someNumber());
    await call.untilHeard(GREETING);
    await call.act('drop-socket');
    await call.untilStatus('completed');
    expect((await call.heard()).text).toContain('Something broke.');
    const { id } = await callOf(call);
    await waitUntil('the call to be over', async () => (await read(id)).status === 'ended');
    expect(await read(id)).toMatchObject({ endReason: 'connection-lost' });
  });
});

describe('[V-14] calls beside each other', () => {
  it('never hear each other', async () => {
    const calls = await Promise.all([0, 1].map(() => parley.simulator.call(someNumber())));
    await Promise.all(calls.map((call) => call.untilHeard(GREETING)));
    await Promise.all(
      calls.map(async (call, index) => {
        const word = ['apples', 'oranges'][index]!;
        for (const said of [`Give me ${word}.`, `Even more ${word} please.`]) {
          await call.say(said);
          await call.untilHeard(`you said "${said}"`);
          await call.untilQuiet();
        }
      }),
    );
    await Promise.all(calls.map((call) => call.act('hangup')));
    const [first, second] = await Promise.all(calls.map(async (call) => (await call.heard()).text));
    expect(first).toContain('apples');
    expect(first).not.toContain('oranges');
    expect(second).toContain('oranges');
    expect(second).not.toContain('apples');
  });

  it('of two sockets of one call the newest wins, and the older is not closed by us', async () => {
    const call = await parley.simulator.call(someNumber());
    await call.untilHeard(GREETING);
    const { id } = await callOf(call);
    await transcript(id, 1);
    await call.act('second-socket', { olderCarriesAudio: true });
    await call.events('stream-started', 2);
    await call.say('Which one of you answers?');
    await call.untilHeard('you said "Which one of you answers?"');
    const { streams } = await call.state();
    expect(streams).toHaveLength(2);
    expect(streams.map(({ stoppedMs }) => stoppedMs)).toEqual([null, null]);
    const { text } = await call.heard();
    expect(text.split('Which one of you answers?')).toHaveLength(2);
    await call.untilQuiet();
    await call.act('hangup');
    const turns = await transcript(id, 2);
    expect(turns).toMatchObject([
      { turnNo: 1, reply: { kind: 'greeting', heardText: GREETING } },
      { turnNo: 2, said: 'Which one of you answers?', reply: { kind: 'answer' } },
    ]);
  });
});

describe('[V-08] [V-13] a call whose process is killed in the middle of an answer', () => {
  it('ends with an apology, and its log holds what was said and heard of that answer', async () => {
    const sentences = ['One two three four five six seven. ', 'Eight nine ten eleven twelve. ', 'Thirteen.'];
    const reply = sentences.join('');
    const call = await parley.simulator.call(someNumber());
    await call.untilHeard(GREETING);
    await parley.simulator.model({ mode: 'fixed', text: reply, asked: 'Count for me' });
    await call.say('Count for me please.');
    await call.untilHeard('three four');
    const { id } = await callOf(call);
    const dying = parley.process('voice-bridge', 1);
    await waitUntil('it to be written down how much was heard', () => heardCharsOf(id));
    // From here on it writes nothing, once the statement that it may have under way is through.
    dying.signal('SIGSTOP');
    await waitUntil('the statements of voice-bridge to be through', noStatementOfVoice);
    const writtenDown = await heardCharsOf(id);
    await dying.kill();
    try {
      await call.untilStatus('completed');
      const { text, words } = await call.heard();
      expect(text).toContain('Something broke.');
      const [, answer] = await transcript(id, 2);
      expect(answer).toMatchObject({
        said: 'Count for me please.',
        reply: { kind: 'answer', text: reply, cutBy: 'connection-lost' },
      });
      const { heardText } = answer!.reply!;
      expect(heardText).toBe(reply.slice(0, writtenDown));
      const heard = words.filter(({ cut, text: word }) => !cut && reply.includes(word));
      expect(countWords(heardText)).toBeLessThanOrEqual(heard.length);
      const { conversationId } = await read(id);
      await waitUntil('the answer to be in the conversation', async () => {
        const path = `/v1/conversations/${conversationId}/messages`;
        const { body } = await parley.api<Page<{ heardText?: string }>>(path);
        return body.data.some((message) => message.heardText === heardText);
      });
    } finally {
      await dying.start();
    }
  });

  /** How far the turn under way was heard, as voice-bridge wrote it down; undefined before it was heard at all. */
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
});

function agent() {
  return {
    key: 'desk',
    name: 'Test desk',
    systemPrompt: 'prompt.md',
    default: true,
    voice: {
      languages: ['en-US'],
      greeting: GREETING,
      fillers: [FILLER],
      reprompts: ['Are you there?', 'Anybody?'],
      goodbye: 'Goodbye then.',
      apology: 'Something broke.',
      silenceMs: 4_000,
    },
  };
}

/** Other settings for a while: the seed file is read when the orchestrator's schema is migrated. */
async function withAgent(seed: object, work: () => Promise<void>): Promise<void> {
  const put = async (settings: object) => {
    writeFileSync(join(folder, 'agents.json'), JSON.stringify({ agents: [settings] }));
    await parley.migrate();
    await parley.untilAgentsAreKnown();
  };
  await put(seed);
  try {
    await work();
  } finally {
    await put(agent());
  }
}

async function callOf(call: SimulatedCall): Promise<Call> {
  const rows = await parley.query<{ id: string }>('SELECT id FROM voice.call WHERE call_sid = $1', [
    call.callSid,
  ]);
  return read(rows[0]!.id);
}

async function read(id: string): Promise<Call> {
  return (await parley.api<Call>(`/v1/calls/${id}`)).body;
}

/** The call's turns, once there are as many. */
async function transcript(id: string, count: number): Promise<Turn[]> {
  return waitUntil(`${count} turns in the transcript`, async () => {
    const { body } = await parley.api<Page<Turn>>(`/v1/calls/${id}/transcript`);
    return body.data.length >= count && body.data;
  });
}

async function webhooks(call: SimulatedCall, purpose: string) {
  return (await call.events('webhook')).filter((event) => event['purpose'] === purpose);
}

/** What Twilio was told after the call had ended, beyond hanging up. */
async function answeredAgain(call: SimulatedCall) {
  const redirects = await webhooks(call, 'redirect');
  return redirects.filter((event) => !/<Response><Hangup\/><\/Response>/.test(String(event['twiml'])));
}

/** Posts to voice-bridge as Twilio would about this call. */
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

function wordsAfterGreeting(heard: string): string {
  return heard.slice(heard.indexOf(GREETING) + GREETING.length).trim();
}

function countWords(text: string): number {
  return text.split(/\s+/).filter(Boolean).length;
}
