import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { CallView } from '@parley/contracts';
import type { SimulatedCall } from '@parley/local-stack';
import { RunningParley, someNumber } from '@parley/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';

const GREETING_ENDS = 'something to remember.';

let parley: RunningParley;

beforeAll(async () => {
  parley = await RunningParley.start({ voice: true, model: 'simulated' });
  // Until then callers hear the greeting of the neutral agent.
  await parley.untilAgentsAreKnown();
});
afterAll(async () => parley?.stop());

/** Calls as this number, and waits until the greeting is over. */
async function callFrom(number: string): Promise<SimulatedCall> {
  const call = await parley.simulator.call(number);
  await call.untilHeard(GREETING_ENDS);
  return call;
}

/** Returns the prompt in which this was the newest text of the person: one element for each message. */
async function promptFor(said: string): Promise<string[]> {
  const asked = await parley.simulator.prompts(said);
  const prompt = asked.findLast(({ request }) => request.messages.at(-1)?.content.includes(said));
  if (!prompt) throw new Error(`the model was not asked: ${said}`);
  return prompt.request.messages
    .filter(({ role, content }) => role !== 'system' && content !== '(You speak first.)')
    .flatMap(({ role, content }) => content.split('\n\n').map((text) => `${role}: ${text}`));
}

/** Sets the model's answer to a prompt with this text. */
async function answers(asked: string, text: string): Promise<void> {
  await parley.simulator.model({ mode: 'fixed', text, asked });
}

async function endedCall(call: SimulatedCall): Promise<CallView> {
  await call.command('hangup');
  await parley.callViewWhenOver(call);
  await parley.settled();
  return parley.callView(call);
}

it.concurrent(
  '[V-12] [V-13] the prompts of a call hold earlier texts, the prompts of later texts hold the call, and REST shows both',
  async () => {
    const ada = someNumber();
    await answers('My order', 'Noted, thank you.');
    await parley.simulator.text({ from: ada, body: 'My order is 1234.' });
    await parley.simulator.repliesTo(ada, 1);

    const call = await callFrom(ada);
    await answers('my order?', 'It leaves tomorrow.');
    await call.say('Where is my order?');
    await call.untilHeard('It leaves tomorrow.');
    const [text, reply, greeting, said] = await promptFor('order?');
    expect([text, reply]).toEqual(['user: (by SMS) My order is 1234.', 'assistant: Noted, thank you.']);
    expect(greeting).toMatch(/^assistant: Hello!.* something to remember\.$/);
    expect(said).toMatch(/^user: where is my order/i);

    const { id, conversationId, direction } = await endedCall(call);
    expect(direction).toBe('inbound');
    await parley.simulator.text({ from: ada, body: 'Thank you, bye.' });
    await parley.simulator.repliesTo(ada, 2);
    const afterwards = await promptFor('Thank you, bye.');
    expect(afterwards.slice(0, 2)).toEqual(['user: My order is 1234.', 'assistant: Noted, thank you.']);
    expect(afterwards[3]).toMatch(/^user: \(by phone\) where is my order/i);
    expect(afterwards.slice(4)).toEqual(['assistant: It leaves tomorrow.', 'user: Thank you, bye.']);

    const transcript = await parley.transcriptOf(call, 2);
    expect(transcript.map(({ turnNo, reply: spoken }) => [turnNo, spoken?.kind])).toEqual([
      [1, 'greeting'],
      [2, 'answer'],
    ]);
    const { speechEndAt, sttFinalAt, firstTokenAt, firstAudioAt, firstHeardAt } = transcript[1]!.timings;
    const moments = [speechEndAt, sttFinalAt, firstTokenAt, firstAudioAt, firstHeardAt];
    expect(moments).toEqual(moments.map(() => expect.any(String)));
    expect(moments.toSorted((a, b) => Date.parse(a!) - Date.parse(b!))).toEqual(moments);
    const log = await parley.messagesIn(conversationId!);
    expect(log.map(({ channel, seq }) => [seq, channel])).toEqual([
      [1, 'sms'],
      [2, 'sms'],
      [3, 'voice'],
      [4, 'voice'],
      [5, 'voice'],
      [6, 'sms'],
      [7, 'sms'],
    ]);
    expect(log[4]).toMatchObject({
      callId: id,
      text: 'It leaves tomorrow.',
      heardText: 'It leaves tomorrow.',
    });
  },
);

it.concurrent('[V-12] a text during a call reaches the next spoken turn, and is answered once', async () => {
  const ada = someNumber();
  const call = await callFrom(ada);
  await answers('Good morning', 'Welcome.');
  await call.say('Good morning.');
  await call.untilHeard('Welcome.');
  await parley.simulator.text({ from: ada, body: 'I stand at gate 7.' });
  await answers('get it', 'I see, thank you.');
  await call.say('Did you get it?');
  await call.untilHeard('I see, thank you.');
  const prompt = await promptFor('get it');
  expect(prompt.at(-2)).toBe('user: (by SMS) I stand at gate 7.');
  expect(prompt.at(-1)).toMatch(/^user: did you get it/i);
  const { conversationId } = await endedCall(call);
  await parley.simulator.text({ from: ada, body: 'Bye.' });
  await parley.simulator.repliesTo(ada, 1);
  await parley.settled();
  expect(await parley.simulator.repliesTo(ada, 1)).toHaveLength(1);
  expect(
    (await parley.messagesIn(conversationId!)).filter(({ text }) => text === 'I stand at gate 7.'),
  ).toHaveLength(1);
});

it.concurrent('[V-12] a text that no spoken turn answered is answered by SMS after the call', async () => {
  const ada = someNumber();
  const call = await callFrom(ada);
  await answers('Good morning', 'Welcome.');
  await call.say('Good morning.');
  await call.untilHeard('Welcome.');
  await parley.simulator.text({ from: ada, body: 'Too late for the call.' });
  await endedCall(call);
  const [reply] = await parley.simulator.repliesTo(ada, 1);
  expect(reply).toContain('Too late for the call.');
  expect((await promptFor('Too late for the call.')).at(-1)).toBe('user: Too late for the call.');
});

it.concurrent(
  '[V-02] the next prompt holds the heard part of an interrupted reply, and all of a resumed reply',
  async () => {
    const ada = someNumber();
    const call = await callFrom(ada);
    const story = Array.from({ length: 30 }, (_, i) => `part${i + 1}`).join(' ');
    await answers('a story', `${story}.`);
    await call.say('Tell me a story.');
    await call.untilHeard('part6');
    await answers('stop telling', 'Alright then.');
    await call.say('Please stop telling this.');
    await call.untilHeard('Alright then.');
    const prompt = await promptFor('telling this');
    const heard = prompt.at(-2)!.replace('assistant: ', '');
    expect(story.startsWith(heard)).toBe(true);
    const words = heard.split(' ').length;
    const { words: played } = await call.heard();
    const truly = played.filter(({ text, cut }) => /^part\d+/.test(text) && !cut).length;
    // The transcript holds no word that was not heard; the last heard word may be missing.
    expect([truly, truly - 1]).toContain(words);
    expect(words).toBeLessThan(30);

    await answers('now count', 'One two three four five six seven eight nine ten.');
    const since = (await call.heard()).next;
    await call.say('And now count.');
    await call.untilHeard('three', since);
    await call.command('noise', { ms: 600 });
    await call.untilHeard('ten.', since);
    await answers('was that', 'Fine.');
    await call.say('What was that?');
    await call.untilHeard('Fine.');
    expect((await promptFor('was that')).at(-2)).toBe(
      'assistant: One two three four five six seven eight nine ten.',
    );
    const { conversationId } = await endedCall(call);
    const cut = (await parley.transcriptOf(call, 3)).find(({ reply }) => reply?.cutBy === 'barge-in')!;
    expect(cut.reply).toMatchObject({ text: `${story}.`, heardText: heard });
    expect(await parley.messagesIn(conversationId!)).toContainEqual(
      expect.objectContaining({ text: `${story}.`, heardText: heard }),
    );
  },
);

it('while JetStream refuses all messages, the next prompt of a call is complete, and ledger entries that arrive late change nothing', async () => {
  const ada = someNumber();
  const release = await sealStream('INT');
  const call = await callFrom(ada);
  const things = ['apples', 'pears', 'cherries', 'plums'];
  for (const [at, thing] of things.entries()) {
    await answers(`like ${thing}`, `There are ${thing}.`);
    await call.say(`I would like ${thing}.`);
    await call.untilHeard(`There are ${thing}.`);
    const prompt = await promptFor(`like ${thing}`);
    expect(prompt.slice(1).map((line) => line.toLowerCase().replace(/[.]$/, ''))).toEqual([
      ...things.slice(0, at).flatMap((one) => [`user: i would like ${one}`, `assistant: there are ${one}`]),
      `user: i would like ${thing}`,
    ]);
  }
  await call.command('hangup');
  const turns = `voice.outbox WHERE subject LIKE 'int.call.turn-completed.%' AND published_at IS NULL`;
  await expect.poll(() => countOf(turns)).toBe(5);
  await release();
  await expect.poll(() => countOf(turns)).toBe(0);
  await parley.callViewWhenOver(call);
  await parley.settled();
  const { conversationId } = await parley.callView(call);
  const log = await parley.messagesIn(conversationId!);
  expect(log.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(
    log
      .filter(({ author }) => author === 'agent')
      .slice(1)
      .map(({ heardText }) => heardText),
  ).toEqual(things.map((thing) => `There are ${thing}.`));
  expect((await parley.transcriptOf(call, 5)).map(({ turnNo }) => turnNo)).toEqual([1, 2, 3, 4, 5]);
});

async function countOf(what: string): Promise<number> {
  const [row] = await parley.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${what}`);
  return row!.count;
}

/**
 * Makes a stream refuse every message, while the rest of NATS works. The returned function deletes the stream; the next
 * publisher creates it again.
 */
async function sealStream(name: string): Promise<() => Promise<void>> {
  const connection = await connect({ servers: parley.nats.url });
  const { streams } = await jetstreamManager(connection);
  const { config } = await streams.info(name);
  const sealed = { ...config, sealed: true };
  await streams.update(name, sealed);
  return async () => {
    await streams.delete(name);
    await connection.close();
  };
}
