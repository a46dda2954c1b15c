import { waitUntil } from '@parley/local-stack';
import { newId } from '@parley/service-kit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { givenOrchestrator, quietTimeScaleFor, someReceipt, someSms } from '../testing/orchestrator.js';
import { ScriptedModel, textsIn } from '../testing/scripted-model.js';
import { textTurnPolicy } from './text-turn-policy.js';
import { withPostgres } from '../testing/servers.js';

withPostgres();

const stopAtEnd = (dueTurns: { stop: () => Promise<void> }) => onTestFinished(dueTurns.stop);

describe('DueTurns', () => {
  it('two replicas on one database send one reply to each due text', async () => {
    const first = await givenOrchestrator();
    const second = await first.anotherReplica();
    const model = new ScriptedModel(async ({ messages }) => `re: ${messages.at(-1)!.text}`);
    for (const replica of [first, second]) stopAtEnd(replica.dueTurnsWith(model));
    const texts = Array.from({ length: 12 }, (_, i) =>
      someSms({ threadId: newId('thr'), from: `+1555010${1000 + i}` as never, text: `text ${i}` }),
    );
    await Promise.all(texts.map((sms) => first.receiveSms(sms, someReceipt())));
    await waitUntil('the reply', async () => (await first.read.count('message')) === 24);
    await waitUntil('leases to end', async () =>
      (await first.read.lanes()).every((lane) => lane['lease_token'] === null),
    );
    const messages = await first.read.messages();
    expect(
      messages
        .filter(({ kind }) => kind === 'answer')
        .map(({ text }) => text)
        .toSorted(),
    ).toEqual(texts.map(({ text }) => `re: ${text}`).toSorted());
  });

  it('a turn whose process died runs again when its lease ends', async () => {
    const orchestrator = await givenOrchestrator();
    await orchestrator.receiveSms(someSms(), someReceipt());
    const { turns: diedWith } = await orchestrator.claimTurns.execute(16);
    expect(diedWith).toHaveLength(1);
    await orchestrator.read.expireLeases();
    stopAtEnd(orchestrator.dueTurnsWith(new ScriptedModel(async () => 'I am back')));
    await waitUntil('the reply', async () => (await orchestrator.read.count('message')) === 2);
    expect(await orchestrator.read.messages()).toMatchObject([{}, { text: 'I am back' }]);
  });

  it('the lease of a slow turn is renewed, so that no other replica claims the turn', async () => {
    const first = await givenOrchestrator();
    const second = await first.anotherReplica();
    const answer = Promise.withResolvers<string>();
    const slow = new ScriptedModel(() => answer.promise);
    const eager = new ScriptedModel(async () => 'from the other');
    stopAtEnd(first.dueTurnsWith(slow));
    await first.receiveSms(someSms(), someReceipt());
    await waitUntil('the model to be asked', () => slow.prompts.length === 1);
    stopAtEnd(second.dueTurnsWith(eager));
    const [leased] = await first.read.lanes();
    const renewedTwice = async () => {
      const [lane] = await first.read.lanes();
      return (lane!['lease_until'] as Date).getTime() > (leased!['lease_until'] as Date).getTime() + 750;
    };
    await waitUntil('renewals', renewedTwice);
    answer.resolve('slow and steady');
    await waitUntil('the reply', async () => (await first.read.count('message')) === 2);
    expect(eager.prompts).toEqual([]);
    expect(await first.read.messages()).toMatchObject([{}, { text: 'slow and steady' }]);
  });

  it('a draining process lets its turn end and claims no other', async () => {
    const orchestrator = await givenOrchestrator();
    const answer = Promise.withResolvers<string>();
    const model = new ScriptedModel(() => answer.promise);
    const dueTurns = orchestrator.dueTurnsWith(model);
    await orchestrator.receiveSms(someSms(), someReceipt());
    await waitUntil('the model to be asked', () => model.prompts.length === 1);
    const stopped = dueTurns.stop();
    await orchestrator.receiveSms(someSms({ from: '+15550100009' as never }), someReceipt());
    answer.resolve('goodbye');
    await stopped;
    expect((await orchestrator.read.messages()).filter(({ kind }) => kind === 'answer')).toHaveLength(1);
    expect(model.prompts).toHaveLength(1);
  });

  it('[S-13] a newer text supersedes a turn while its model writes, and one reply answers both texts', async () => {
    const orchestrator = await givenOrchestrator();
    const threadId = newId('thr');
    const model = new ScriptedModel(async (prompt) =>
      textsIn(prompt).length === 1 ? Promise.withResolvers<string>().promise : 'to both',
    );
    stopAtEnd(orchestrator.dueTurnsWith(model));
    await orchestrator.receiveSms(someSms({ threadId, text: 'one' }), someReceipt());
    await waitUntil('the model to be asked', () => model.prompts.length === 1);
    await orchestrator.receiveSms(someSms({ threadId, threadSeq: 2, text: 'two' }), someReceipt());
    await waitUntil('the reply', async () => (await orchestrator.read.count('message')) === 3);
    expect(textsIn(model.prompts[1]!)).toEqual(['one', 'two']);
    expect(await orchestrator.read.messages()).toMatchObject([{}, {}, { text: 'to both' }]);
  });

  it('[S-13] a newer text supersedes a turn at its next lease renewal if the signal was lost', async () => {
    const first = await givenOrchestrator();
    const unconnected = await first.anotherReplica();
    const threadId = newId('thr');
    const model = new ScriptedModel(async (prompt) =>
      textsIn(prompt).length === 1 ? Promise.withResolvers<string>().promise : 'to both',
    );
    stopAtEnd(first.dueTurnsWith(model));
    await unconnected.receiveSms(someSms({ threadId, text: 'one' }), someReceipt());
    await waitUntil('the model to be asked', () => model.prompts.length === 1);
    await unconnected.receiveSms(someSms({ threadId, threadSeq: 2, text: 'two' }), someReceipt());
    await waitUntil('the reply', async () => (await first.read.count('message')) === 3);
    expect(await first.read.messages()).toMatchObject([{}, {}, { text: 'to both' }]);
  });

  it('[S-13] a draft that waits for the person to be quiet holds its lease and lets another turn start', async () => {
    const neverQuiet = {
      ...textTurnPolicy.bursts,
      quietTimeScale: quietTimeScaleFor(600_000),
      longestMs: 600_000,
    };
    const one = await givenOrchestrator({ policy: { bursts: neverQuiet, maxTurnsDrafting: 1 } });
    const answers = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    const model = new ScriptedModel(() => answers[model.prompts.length - 1]!.promise);
    const dueTurns = one.dueTurnsWith(model);
    onTestFinished(async () => {
      await one.database.rows(
        'UPDATE lane SET lease_token = gen_random_uuid() WHERE lease_token IS NOT NULL',
      );
      await dueTurns.stop();
    });
    for (const last of [1, 2])
      await one.receiveSms(someSms({ from: `+1555010000${last}` as never }), someReceipt());
    await waitUntil('the model to be asked', () => model.prompts.length === 1);
    expect((await one.read.lanes()).filter((lane) => lane['lease_token'] !== null)).toHaveLength(1);
    answers[0]!.resolve('drafted');
    await waitUntil('the other turn to start', () => model.prompts.length === 2);
    const until = async () =>
      Math.min(...(await one.read.lanes()).map((lane) => (lane['lease_until'] as Date).getTime()));
    const leasedUntil = await until();
    await waitUntil('both leases to be renewed', async () => (await until()) > leasedUntil + 500);
    expect(await one.read.count('message')).toBe(2);
  });

  it('[S-13] a burst of six texts causes at most three requests to the model before the person is quiet', async () => {
    const bursts = {
      ...textTurnPolicy.bursts,
      quietTimeScale: quietTimeScaleFor(600_000),
      longestMs: 600_000,
    };
    const one = await givenOrchestrator({ policy: { bursts } });
    const threadId = newId('thr');
    const model = new ScriptedModel(async (prompt) =>
      textsIn(prompt).length < 6 ? Promise.withResolvers<string>().promise : 'to all',
    );
    stopAtEnd(one.dueTurnsWith(model));
    const leases = new Set<unknown>();
    for (let threadSeq = 1; threadSeq <= 6; threadSeq++) {
      await one.receiveSms(someSms({ threadId, threadSeq }), someReceipt());
      const isLeasedAnew = async () => {
        const token = (await one.read.lanes())[0]!['lease_token'];
        return token !== null && leases.size < leases.add(token).size;
      };
      await waitUntil('the next draft', isLeasedAnew);
      if (threadSeq <= 3) await waitUntil('the model', () => model.prompts.length === threadSeq);
    }
    expect(model.prompts).toHaveLength(3);
    // Moves the texts an hour back: the person has been quiet, so the next attempt asks the model at once.
    await one.database.rows(`UPDATE message SET created_at = created_at - interval '1 hour'`);
    await one.database.rows('UPDATE lane SET lease_token = NULL, lease_until = NULL');
    await waitUntil('the reply', async () => (await one.read.count('message')) === 7);
    expect(model.prompts.map((prompt) => textsIn(prompt).length)).toEqual([1, 2, 3, 6]);
  });
});
