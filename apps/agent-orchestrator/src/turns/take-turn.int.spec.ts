import { defaultAgentTexts, defaultTextsIn } from '@parley/contracts';
import { RetryableError } from '@parley/resilience';
import { describe, expect, it } from 'vitest';
import { neverCancelled, someAgent } from '../testing/orchestrator.js';
import { ScriptedModel } from '../testing/scripted-model.js';
import { givenDueText } from '../testing/due-text.js';
import { withPostgres } from '../testing/servers.js';

withPostgres();

describe('taking a turn', () => {
  it('a turn asks the model with the agent’s prompt, the channel and the log, and stores the trimmed answer', async () => {
    const { claim, takeTurnWith, read } = await givenDueText();
    const model = new ScriptedModel(async () => '  Hi there!\n');
    expect(await takeTurnWith(model).execute(await claim(), neverCancelled)).toBe('replied');
    expect(model.prompts).toMatchObject([
      { channel: { name: 'sms' }, messages: [{ role: 'user', text: 'Hello' }] },
    ]);
    expect(model.prompts[0]!.system).toMatch(/^You are kind\.\n\n.*SMS/);
    expect(await read.messages()).toMatchObject([{}, { text: 'Hi there!' }]);
  });

  it.each(['', '  ', 'OK'])('[S-20] the model’s answer %j sends no reply', async (answer) => {
    const { claim, takeTurnWith, kinds, read } = await givenDueText();
    expect(
      await takeTurnWith(new ScriptedModel(async () => answer)).execute(await claim(), neverCancelled),
    ).toBe('no-reply');
    expect(await kinds()).toEqual(['inbound']);
    expect((await read.events()).at(-1)).toMatchObject({ data: { outcome: 'no-reply' } });
    expect(await claim()).toBeUndefined();
  });

  it('[S-20] a failed turn sends the agent’s own apology', async () => {
    const { claim, takeTurnWith, read, seedAgents } = await givenDueText();
    await seedAgents([someAgent({ texts: defaultAgentTexts(['de-AT', 'en']) })]);
    const failing = new ScriptedModel(async () => {
      throw new Error('no credit');
    });
    expect(await takeTurnWith(failing).execute(await claim(), neverCancelled)).toBe('apologised');
    expect((await read.messages()).at(-1)!.text).toBe(defaultTextsIn('de').textApology);
  });

  it('[S-20] a turn that fails shortly after an apology sends no second apology', async () => {
    const { claim, text, takeTurnWith, read, events } = await givenDueText();
    const broken = takeTurnWith(
      new ScriptedModel(async () => {
        throw new Error('no credit');
      }),
    );
    expect(await broken.execute(await claim(), neverCancelled)).toBe('apologised');
    await text('Hello?');
    expect(await broken.execute(await claim(), neverCancelled)).toBe('failed');
    expect((await read.messages()).map((message) => message.text)).toEqual([
      'Hello',
      defaultTextsIn('en').textApology,
      'Hello?',
    ]);
    expect((await events()).slice(2)).toEqual([
      'turn.started',
      'message.queued',
      'turn.failed',
      'message.received',
      'turn.started',
      'turn.failed',
    ]);
    expect(await read.sends()).toHaveLength(1);
  });

  it('[S-20] a turn that fails ten minutes after an apology sends another apology', async () => {
    const { claim, text, takeTurnWith, read, database } = await givenDueText();
    const broken = takeTurnWith(new ScriptedModel(() => Promise.reject(new Error('no credit'))));
    expect(await broken.execute(await claim(), neverCancelled)).toBe('apologised');
    const passes = (interval: string) =>
      database.rows(
        `UPDATE message SET created_at = created_at - interval '${interval}' WHERE kind = 'apology'`,
      );
    await passes('9 min 50 s');
    await text('Hello?');
    expect(await broken.execute(await claim(), neverCancelled)).toBe('failed');
    await passes('10 s');
    await text('Anybody?');
    expect(await broken.execute(await claim(), neverCancelled)).toBe('apologised');
    expect(await read.sends()).toHaveLength(2);
  });

  it('a turn asks the model again after a retryable error', async () => {
    const { claim, takeTurnWith } = await givenDueText();
    let calls = 0;
    const model = new ScriptedModel(async () => {
      calls += 1;
      if (calls === 1) throw new RetryableError('503');
      return 'Here I am';
    });
    expect(await takeTurnWith(model).execute(await claim(), neverCancelled)).toBe('replied');
    expect(calls).toBe(2);
  });

  it('a turn that is cancelled while its model writes stores no reply and does not end', async () => {
    const { claim, takeTurnWith, kinds } = await givenDueText();
    const cancel = new AbortController();
    const model = new ScriptedModel((_, signal) => {
      cancel.abort();
      return Promise.reject(signal.reason);
    });
    expect(await takeTurnWith(model).execute(await claim(), cancel.signal)).toBeUndefined();
    expect(await kinds()).toEqual(['inbound']);
  });

  it('[S-20] after three expired leases a turn apologises without asking the model', async () => {
    const { claim, takeTurnWith, read } = await givenDueText();
    for (let lease = 1; lease <= 3; lease++) {
      expect(await claim()).toMatchObject({ attempt: lease });
      await read.expireLeases();
    }
    const model = new ScriptedModel(async () => 'never asked');
    expect(await takeTurnWith(model).execute(await claim(), neverCancelled)).toBe('apologised');
    expect(model.prompts).toEqual([]);
    expect((await read.events()).at(-1)).toMatchObject({ data: { reason: 'abandoned' } });
  });

  it('messages and events of simultaneous turns and texts are numbered without gaps', async () => {
    const { text, claimTurns, takeTurnWith, read } = await givenDueText();
    const takeTurn = takeTurnWith(new ScriptedModel(async () => 'Yes'));
    const takeAll = async () => {
      const { turns } = await claimTurns.execute(16);
      await Promise.all(turns.map((turn) => takeTurn.execute(turn, neverCancelled)));
    };
    await Promise.all(Array.from({ length: 30 }, (_, i) => (i % 3 === 0 ? takeAll() : text(`text ${i}`))));
    await takeAll();
    const events = await read.events();
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, i) => i + 1));
    const xids = events.map(({ xid }) => Number(xid));
    expect(xids).toEqual(xids.toSorted((a, b) => a - b));
    const messages = await read.messages();
    expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, i) => i + 1));
  });
});
