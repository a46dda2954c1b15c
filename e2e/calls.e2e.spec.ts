import { RunningParley, someNumber } from '@parley/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';

const GREETING = 'Hello, this is the test desk.';
const FILLER = 'Just a moment.';

let parley: RunningParley;

beforeAll(async () => {
  parley = await RunningParley.start({
    model: 'simulated',
    voice: true,
    replicas: { 'voice-bridge': 2 },
    mediaReplica: 1,
    agentVoice: { languages: ['en-US'], greeting: GREETING, fillers: [FILLER], silenceMs: 60_000 },
  });
  await parley.untilAgentsAreKnown();
});
afterAll(async () => parley?.stop());

it.concurrent(
  '[V-01] a greeting and three turns of the caller have the right words both ways, over processes that share nothing but NATS and Postgres',
  async () => {
    const call = await parley.simulator.call(someNumber());
    await call.untilHeard(GREETING);
    await call.untilQuiet();
    for (const said of ['I would like a table.', 'For six people please.', 'That is all thank you.']) {
      await call.say(said);
      await call.untilHeard(`you said "${said}"`);
      await call.untilQuiet();
    }
    await call.command('hangup');
    expect(await parley.callViewWhenOver(call)).toMatchObject({
      status: 'ended',
      endReason: 'caller-hung-up',
    });
    const turns = await parley.transcriptOf(call, 4);
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
    const [invalid, underruns] = await Promise.all([call.events('stream-error'), call.events('underrun')]);
    // A pause between two replies is not an underrun.
    expect([...invalid, ...underruns.filter(({ midWord }) => midWord)]).toEqual([]);
  },
);

it.concurrent(
  '[V-02] a caller who interrupts silences the agent, and the log holds only the words that were heard',
  async () => {
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
    await call.command('hangup');

    const turns = await parley.transcriptOf(call, 3);
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
  },
);

it.concurrent.each([
  { delayMs: 4_000, room: 'kitchen', thanks: 'Thank you very much.' },
  { delayMs: 8_000, room: 'bar', thanks: 'Many thanks for that.' },
])(
  'a caller whose answer takes $delayMs ms hears a filler and then the answer, and the next prompt holds only the answer',
  async ({ delayMs, room, thanks }) => {
    const reply = `The ${room} closes at ten.`;
    const call = await parley.simulator.call(someNumber());
    await call.untilHeard(GREETING);
    await call.untilQuiet();
    await parley.simulator.model({ mode: 'delay', delayMs, text: reply, asked: room });
    await call.say(`When does the ${room} close?`);
    await call.untilHeard(`${FILLER} ${reply}`);
    await call.untilQuiet();
    await call.say(thanks);
    await call.untilHeard(`you said "${thanks}"`);
    await call.command('hangup');
    const [, late] = await parley.transcriptOf(call, 3);
    expect(late!.reply).toMatchObject({ kind: 'answer', text: reply, heardText: reply });
    const [prompt] = await parley.simulator.prompts(thanks);
    const shown = JSON.stringify(prompt!.request.messages);
    expect(shown).toContain(reply);
    expect(shown).not.toContain(FILLER);
    const underruns = await call.events('underrun');
    expect(underruns.filter(({ midWord }) => midWord)).toEqual([]);
  },
);

it.concurrent('[V-14] in two simultaneous calls no caller hears words of the other call', async () => {
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
  await Promise.all(calls.map((call) => call.command('hangup')));
  const [first, second] = await Promise.all(calls.map(async (call) => (await call.heard()).text));
  expect(first).toContain('apples');
  expect(first).not.toContain('oranges');
  expect(second).toContain('oranges');
  expect(second).not.toContain('apples');
});

it.concurrent(
  '[V-14] of two media sockets of one call the newer one carries the call, and Parley does not close the older one',
  async () => {
    const call = await parley.simulator.call(someNumber());
    await call.untilHeard(GREETING);
    await parley.transcriptOf(call, 1);
    await call.command('second-socket', { olderCarriesAudio: true });
    await call.events('stream-started', 2);
    await call.say('Which one of you answers?');
    await call.untilHeard('you said "Which one of you answers?"');
    const { streams } = await call.state();
    expect(streams).toHaveLength(2);
    expect(streams.map(({ stoppedMs }) => stoppedMs)).toEqual([null, null]);
    const { text } = await call.heard();
    expect(text.split('Which one of you answers?')).toHaveLength(2);
    await call.untilQuiet();
    await call.command('hangup');
    const turns = await parley.transcriptOf(call, 2);
    expect(turns).toMatchObject([
      { turnNo: 1, reply: { kind: 'greeting', heardText: GREETING } },
      { turnNo: 2, said: 'Which one of you answers?', reply: { kind: 'answer' } },
    ]);
  },
);

function wordsAfterGreeting(heard: string): string {
  return heard.slice(heard.indexOf(GREETING) + GREETING.length).trim();
}

function countWords(text: string): number {
  return text.split(/\s+/).filter(Boolean).length;
}
