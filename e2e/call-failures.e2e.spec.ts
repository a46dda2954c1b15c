import { type SimulatedCall, waitUntil } from '@parley/local-stack';
import { RunningParley, someNumber } from '@parley/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const ORCHESTRATOR = 'agent-orchestrator';
const GREETING = 'Hello, this is the test desk.';
const APOLOGY = 'Something broke.';
const REPROMPT = 'Are you there?';
const GOODBYE = 'Goodbye then.';
/** The number of an agent that speaks German. */
const GERMAN_LINE = '+15550100011';
const GERMAN_APOLOGY = 'Entschuldigung, bei mir ist etwas schiefgegangen.';
const GERMAN_TEXT = 'unser Gespräch ist wegen eines Problems bei mir abgebrochen';
const REFUSED = { mode: 'refuse', status: 401, times: 50 } as const;
/** Longer than a slow machine takes to start an orchestrator, so that no caller is reprompted meanwhile. */
const PATIENT_MS = 60_000;
/** The number of an agent that soon reprompts a silent caller. */
const HASTY_LINE = '+15550100010';
const HASTY_MS = 3_000;
/** Longer than the test lets the orchestrator live. */
const THINKING_MS = 60_000;
/**
 * Three missed signs of life, the answer of the other orchestrator, and the delay of a busy machine. Without a second
 * request no answer would ever arrive.
 */
const ANSWER_WITHIN_MS = 15_000;

let parley: RunningParley;

beforeAll(async () => {
  const phrases = { greeting: GREETING, apology: APOLOGY, reprompts: [REPROMPT], goodbye: GOODBYE };
  const voice = { languages: ['en-US'], ...phrases };
  parley = await RunningParley.start({
    model: 'simulated',
    voice: true,
    replicas: { [ORCHESTRATOR]: 2 },
    agents: [
      { key: 'desk', default: true, voice: { ...voice, silenceMs: PATIENT_MS } },
      { key: 'hasty', numbers: [HASTY_LINE], voice: { ...voice, silenceMs: HASTY_MS } },
      { key: 'german', numbers: [GERMAN_LINE], voice: { languages: ['de-DE'] } },
    ],
  });
  await parley.untilAgentsAreKnown();
});
afterEach(async () => {
  await parley?.simulator.heal();
  for (const replica of [0, 1]) await parley?.process(ORCHESTRATOR, replica).start();
});
afterAll(async () => parley?.stop());

describe('an orchestrator that dies', () => {
  it('[V-01] when an orchestrator dies before its first word, another orchestrator answers, and the caller hears one answer', async () => {
    const call = await greeted();
    const said = 'Do you have a table for six?';
    await parley.simulator.model({ mode: 'delay', delayMs: THINKING_MS, times: 1 });
    await call.say(said);
    await parley.simulator.prompts(said);
    await parley.process(ORCHESTRATOR, await whoTook(call, 2)).kill();

    await call.untilHeard(`you said "${said}"`);
    const [turn] = (await turnsOf(call)).slice(-1);
    expect(turn!.responseMs).toBeLessThan(ANSWER_WITHIN_MS);
    await call.untilQuiet();
    await call.say('For tonight please.');
    await call.untilHeard('you said "For tonight please."');
    await call.untilQuiet();
    const { text } = await call.heard();
    expect(text.split(said)).toHaveLength(2);
    expect(text).not.toContain(APOLOGY);
    await call.command('hangup');
    expect(await outline(call, 3)).toEqual([
      [1, '', 'greeting', undefined],
      [2, said, 'answer', undefined],
      [3, 'For tonight please.', 'answer', undefined],
    ]);
    expect(await parley.simulator.prompts(said, { count: 2 })).toHaveLength(2 + 1);
  });

  it('when an orchestrator dies after its first words, the caller hears no word twice, then an apology, and the next turn is answered', async () => {
    const call = await greeted();
    const sentences = ['Yes we have a table.', 'It is next to the window.', 'Shall I keep it for you?'];
    await parley.simulator.voice({ model: { firstTokenMs: 0, perPieceMs: 400 } });
    await parley.simulator.model({ mode: 'fixed', text: sentences.join(' '), times: 1 });
    await call.say('Do you have a table?');
    await call.untilHeard('Yes we have');
    await parley.process(ORCHESTRATOR, await whoTook(call, 2)).kill();

    await call.untilHeard(APOLOGY);
    await parley.simulator.voice({ model: { firstTokenMs: 0, perPieceMs: 0 } });
    await call.untilQuiet();
    const { text } = await call.heard();
    expect(text.split('Yes we have')).toHaveLength(2);
    expect(text.split(APOLOGY)).toHaveLength(2);
    await call.say('Are you still there?');
    await call.untilHeard('you said "Are you still there?"');
    await call.command('hangup');
    const turns = await parley.transcriptOf(call, 4);
    const cut = turns[1]!.reply!;
    expect(cut.heardText.startsWith('Yes we have')).toBe(true);
    expect(sentences.join(' ').startsWith(cut.heardText.trim())).toBe(true);
    expect(turns.map(({ reply }) => reply?.kind)).toEqual(['greeting', 'answer', 'apology', 'answer']);
  });
});

describe('both orchestrators unavailable', () => {
  it('without an orchestrator the caller hears an apology, and is answered again once an orchestrator is available', async () => {
    const call = await greeted();
    await Promise.all([0, 1].map((replica) => parley.process(ORCHESTRATOR, replica).kill()));
    await call.say('Is anybody there?');
    await call.untilHeard(APOLOGY);
    await call.untilQuiet();
    expect((await call.state()).endedMs).toBeNull();

    await parley.process(ORCHESTRATOR, 0).start();
    await call.say('And now?');
    // A stalled machine may cut the beginning of the answer.
    await call.untilHeard('"And now?"');
    expect((await call.heard()).text.split(APOLOGY)).toHaveLength(2);
    await call.command('hangup');
    expect(await outline(call, 4)).toEqual([
      [1, '', 'greeting', undefined],
      [2, 'Is anybody there?', undefined, 'agent-unavailable'],
      [3, '', 'apology', undefined],
      [4, 'And now?', 'answer', undefined],
    ]);
  });

  it('without an orchestrator a caller who falls silent hears a reprompt and a goodbye, and is hung up on', async () => {
    await Promise.all([0, 1].map((replica) => parley.process(ORCHESTRATOR, replica).kill()));
    const call = await greeted(HASTY_LINE);
    await call.say('Is anybody there?');
    for (const line of [APOLOGY, REPROMPT, GOODBYE]) await call.untilHeard(line);
    await call.untilStatus('completed');
    await parley.process(ORCHESTRATOR, 0).start();
    expect((await outline(call, 5)).map(([, , kind]) => kind)).toEqual([
      'greeting',
      undefined,
      'apology',
      'reprompt',
      'goodbye',
    ]);
  });
});

describe('speech vendors unavailable', () => {
  it.each([
    ['elevenlabs', 'voice-unavailable'],
    ['deepgram', 'recogniser-unavailable'],
  ] as const)('a call without %s ends with an apology aloud and one by text, as %s', async (kind, reason) => {
    await parley.simulator.fault({ kind, ...REFUSED });
    const person = someNumber();
    const call = await parley.simulator.call(person, { to: GERMAN_LINE });
    await call.untilHeard(GERMAN_APOLOGY);
    await call.untilStatus('completed');
    const texts = () => parley.simulator.messages({ to: person, direction: 'outbound', count: 1 });
    expect(await texts()).toMatchObject([{ from: GERMAN_LINE }]);
    await parley.settled();
    expect(await texts()).toMatchObject([{ body: expect.stringContaining(GERMAN_TEXT) as string }]);
    expect(await endOf(call)).toMatchObject([{ subject: 'evt.call.ended', reason }]);
  });

  it('a call that ended without its voice sends no text to a caller who opted out or is anonymous', async () => {
    const person = someNumber();
    await parley.webhook(parley.inboundParams({ from: person, body: 'STOP' }));
    await parley.simulator.fault({ kind: 'elevenlabs', ...REFUSED });
    const sent = async () => (await parley.simulator.messages({ direction: 'outbound', waitMs: 0 })).length;
    await parley.settled();
    const before = await sent();
    for (const from of [person, 'anonymous']) {
      const call = await parley.simulator.call(from, { to: GERMAN_LINE });
      await call.untilHeard(GERMAN_APOLOGY);
      await call.untilStatus('completed');
      await waitUntil('the call to be reported', async () => (await endOf(call)).length > 0);
    }
    await parley.settled();
    expect(await sent()).toBe(before);
  });
});

async function greeted(to = parley.line): Promise<SimulatedCall> {
  const call = await parley.simulator.call(someNumber(), { to });
  await call.untilHeard(GREETING);
  await call.untilQuiet();
  return call;
}

/** Returns the replica that took this turn of the call. */
async function whoTook(call: SimulatedCall, turnNo: number): Promise<number> {
  const callId = (await parley.callView(call)).id;
  const isIt = (text: string) =>
    text.includes('Spoken turn started') && text.includes(callId) && text.includes(`"turnNo":${turnNo}`);
  return waitUntil('somebody to take the turn', () => {
    const line = parley.logs.find(({ source, text }) => source.startsWith(ORCHESTRATOR) && isIt(text));
    return line && Number(line.source.split('#')[1]);
  });
}

/** Returns the published facts about the end of a call. */
async function endOf(call: SimulatedCall) {
  return parley.query<{ subject: string; reason: string }>(
    `SELECT regexp_replace(subject, '[.]v1[.].*', '') AS subject,
            convert_from(payload, 'UTF8')::jsonb ->> 'reason' AS reason
     FROM orchestrator.outbox
     WHERE subject LIKE 'evt.call.ended.%' AND convert_from(payload, 'UTF8')::jsonb ->> 'callId' = $1`,
    [(await parley.callView(call)).id],
  );
}

async function outline(call: SimulatedCall, count: number) {
  const turns = await parley.transcriptOf(call, count);
  return turns.map(({ turnNo, said, reply, noReplyReason }) => [turnNo, said, reply?.kind, noReplyReason]);
}

/** Returns the simulator's own record of when the caller spoke and was answered. */
async function turnsOf({ callSid }: SimulatedCall): Promise<{ responseMs: number | null }[]> {
  const response = await fetch(`${parley.simulator.url}/control/calls/${callSid}/turns`);
  return ((await response.json()) as { turns: { responseMs: number | null }[] }).turns;
}
