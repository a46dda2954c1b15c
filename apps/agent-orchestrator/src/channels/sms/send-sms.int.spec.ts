import { deriveId, type E164, type RequestId } from '@parley/kernel';
import { newId } from '@parley/service-kit';
import { describe, expect, it } from 'vitest';
import { someCall, someRecord } from '../../testing/a-call.js';
import {
  givenOrchestrator,
  neverCancelled,
  someAgent,
  someReceipt,
  someSms,
  threadId,
} from '../../testing/orchestrator.js';
import { playGateway } from '../../testing/played-gateway.js';
import { ScriptedModel } from '../../testing/scripted-model.js';
import { nats, withNats, withPostgres } from '../../testing/servers.js';

withPostgres();
withNats();

const openedThread = newId('thr');

/** Starts an agent that may use send_sms, and a gateway with these answers. With `null`, the gateway is unavailable. */
async function givenAgent(gateway: { consent?: 'given' | 'opted-out' } | null = { consent: 'given' }) {
  const consent = gateway?.consent ? { consent: gateway.consent } : null;
  const played = gateway ? { consent, thread: { threadId: openedThread } } : {};
  const { asked } = await playGateway(nats.url, played);
  const orchestrator = await givenOrchestrator({ allowed: ['send_sms'], natsUrl: nats.url });
  const modelFor = (input: unknown) =>
    new ScriptedModel(async ({ tools }) =>
      tools!.used.length === 0
        ? { calls: [{ tool: 'send_sms', input }] }
        : `I say: ${tools!.used[0]!.result}`,
    );
  return {
    ...orchestrator,
    asked,
    /** Lets the next text turn use the tool with this input; returns the reply. */
    textedBy: async (input: unknown) => {
      const { turns } = await orchestrator.claimTurns.execute(16);
      await orchestrator.takeTurnWith(modelFor(input)).execute(turns[0]!, neverCancelled);
      return (await orchestrator.read.messages()).findLast(({ kind }) => kind === 'answer')!.text;
    },
    /** Lets a spoken turn use the tool; returns the words spoken. */
    spokenBy: async (call: ReturnType<typeof someCall>, input: unknown = { text: 'The code is 1234.' }) => {
      const aloud: string[] = [];
      await orchestrator
        .takeSpokenTurnWith(modelFor(input))
        .execute(call.turn(1, 'Text me that'), neverCancelled, (text) => aloud.push(text));
      return aloud.join('');
    },
    text: (words: string) => orchestrator.receiveSms(someSms({ threadId, text: words }), someReceipt()),
    texts: async () =>
      orchestrator.database.rows(
        `SELECT id, text, thread_id, turn_id, author, channel, status FROM message WHERE kind = 'outside' ORDER BY seq`,
      ),
    threads: () => orchestrator.database.rows('SELECT id, conversation_id FROM thread ORDER BY id'),
  };
}

describe('[S-10] send_sms by text', () => {
  it('send_sms sends a message of the agent on the answered thread, before the reply', async () => {
    const { text, textedBy, texts, read, asked } = await givenAgent();
    await text('Text me the code');
    expect(await textedBy({ text: '  The code is 1234. ' })).toBe(
      'I say: Successfully sent SMS to this person.',
    );
    const [step] = await read.steps();
    const sent = {
      id: deriveId('msg', step!.effect_id as RequestId),
      text: 'The code is 1234.',
      thread_id: threadId,
      turn_id: step!.turn_id,
      author: 'agent',
      channel: 'sms',
      status: 'queued',
    };
    expect(await texts()).toEqual([sent]);
    expect(asked).toEqual([{ threadId }]);
    const [, , reply] = await read.messages();
    expect(await read.follows()).toEqual([
      { messageId: sent.id, follows: null },
      { messageId: reply!.id, follows: sent.id },
    ]);
    const events = await read.events();
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(events[3]).toMatchObject({
      type: 'evt.message.queued.v1',
      data: { messageId: sent.id, seq: 2, author: 'agent', turnId: step!.turn_id, text: sent.text },
    });
  });

  it.each([
    ['the person has opted out', { consent: 'opted-out' as const }, 'has opted out'],
    ['the gateway does not know the thread', {}, 'cannot be sent right now'],
    ['the gateway does not answer', null, 'cannot be sent right now'],
  ])('send_sms sends no text and says why to the model: %s', async (_, gateway, why) => {
    const { text, textedBy, texts } = await givenAgent(gateway);
    await text('Text me the code');
    expect(await textedBy({ text: 'The code' })).toMatch(new RegExp(`^I say: No SMS was sent: .*${why}`));
    expect(await texts()).toEqual([]);
  });

  it.each([
    ['an empty text', { text: ' \n' }, 'must not be empty'],
    ['a text that is only a NUL character', { text: ' \u0000 ' }, 'must not be empty'],
    ['a text that is too long', { text: 'x'.repeat(1_601) }, 'must not be longer'],
    ['a recipient in addition to the text', { text: 'Hi', to: '+15550100009' }, '"to"'],
    [
      'a conversation in addition to the text',
      { text: 'Hi', conversationId: newId('conv') },
      '"conversationId"',
    ],
  ])('send_sms refuses %s', async (_, input, why) => {
    const { text, textedBy, texts, asked } = await givenAgent();
    await text('Text somebody');
    const said = await textedBy(input);
    expect(said).toMatch(/^I say: Nothing was done/);
    expect(said).toContain(why);
    expect(await texts()).toEqual([]);
    expect(asked).toEqual([]);
  });
});

describe('[V-12] send_sms in a call', () => {
  it('in a call, send_sms uses the thread on which the caller texted', async () => {
    const { text, spokenBy, texts, asked } = await givenAgent();
    await text('Hello');
    expect(await spokenBy(someCall())).toBe('I say: Successfully sent SMS to the caller.');
    expect(await texts()).toMatchObject([{ text: 'The code is 1234.', thread_id: threadId }]);
    expect(asked).toEqual([{ threadId }]);
  });

  it('in a call with a person who never texted, send_sms opens a thread from the agent’s own number', async () => {
    const { seedAgents, spokenBy, asked } = await givenAgent();
    const from = '+15550100010' as E164;
    await seedAgents([someAgent({ isDefault: true, numbers: [from], tools: ['send_sms'] })]);
    expect(await spokenBy(someCall())).toContain('Successfully');
    expect(asked).toEqual([{ to: '+15550100001', from }, { threadId: openedThread }]);
  });

  it('in a call to an agent without a number, the gateway chooses the line for send_sms, and the person’s next text joins the conversation', async () => {
    const { spokenBy, texts, asked, threads, read, receiveSms } = await givenAgent();
    const call = someCall();
    expect(await spokenBy(call)).toContain('Successfully');
    expect(asked).toEqual([{ to: '+15550100001' }, { threadId: openedThread }]);
    expect(await texts()).toMatchObject([{ thread_id: openedThread }]);
    const [thread] = await threads();
    await receiveSms(someSms({ threadId: openedThread, text: 'Thanks' }), someReceipt());
    expect(await threads()).toEqual([thread]);
    expect(await read.messages()).toMatchObject([
      { seq: 1, text: 'Text me that' },
      { seq: 2, text: 'The code is 1234.' },
      { seq: 3, text: 'Thanks' },
    ]);
  });

  it('a caller’s request is logged once, before the text that send_sms sends for it', async () => {
    const { takeSpokenTurnWith, recordSpokenTurn, read } = await givenAgent();
    const call = someCall();
    const turn = call.turn(1, 'Text me that');
    const model = new ScriptedModel(async ({ tools }) =>
      tools!.used.length === 0 ? { calls: [{ tool: 'send_sms', input: { text: 'At nine' } }] } : 'Done.',
    );
    await takeSpokenTurnWith(model).execute(turn, neverCancelled, () => undefined);
    const record = { ...someRecord(1, 'Text me that, please', 'Done.'), turnId: turn.turnId };
    await recordSpokenTurn.execute(call.fact(record), someReceipt());
    expect(await read.messages()).toMatchObject([
      { seq: 1, kind: 'inbound', text: 'Text me that, please' },
      { seq: 2, kind: 'outside', text: 'At nine' },
      { seq: 3, kind: 'spoken', text: 'Done.' },
    ]);
    const events = await read.events();
    expect(events.map(({ type }) => type.split('.').slice(1, 3).join('.'))).toEqual([
      'conversation.created',
      'message.received',
      'message.queued',
      'call.turn-completed',
    ]);
    const { messageId } = events[1]!.data;
    expect(events[3]!.data['said']).toEqual({ messageId, text: 'Text me that, please' });
  });

  it('in a call, send_sms sends nothing to a number that is not attested or is withheld', async () => {
    const { spokenBy, texts, asked } = await givenAgent();
    expect(await spokenBy(someCall({ attestation: 'none' }))).toContain('No SMS was sent: it is not certain');
    const withheld = { direction: 'outbound' as const, contactNumber: undefined };
    expect(await spokenBy(someCall(withheld))).toContain('no phone number');
    expect(await texts()).toEqual([]);
    expect(asked).toEqual([]);
  });

  it('in the second attempt’s prompt, the text that send_sms already sent is a tool’s result and not a message', async () => {
    const { speakTwice } = await attempts();
    const prompts = await speakTwice();
    expect(prompts[1]!.messages.map(({ text }) => text)).toEqual(['Text me that']);
    expect(prompts[1]!.tools!.used).toMatchObject([{ result: 'Successfully sent SMS to the caller.' }]);
  });

  /** A spoken turn whose first attempt is lost after it used the tool. */
  async function attempts() {
    const agent = await givenAgent();
    const turn = someCall().turn(1, 'Text me that');
    const model = new ScriptedModel(async ({ tools }) =>
      tools!.used.length === 0 ? { calls: [{ tool: 'send_sms', input: { text: 'Hi' } }] } : 'Done.',
    );
    return {
      speakTwice: async () => {
        const spoken = agent.takeSpokenTurnWith(model);
        await spoken.execute(turn, neverCancelled, () => undefined);
        model.prompts.length = 1;
        await spoken.execute({ ...turn, attempt: 2 }, neverCancelled, () => undefined);
        expect(await agent.texts()).toHaveLength(1);
        return model.prompts;
      },
    };
  }
});
