import { waitUntil } from '@parley/local-stack';
import { describe, expect, it, onTestFinished } from 'vitest';
import { quietTimeScaleFor, someReceipt, someSms, threadId } from '../testing/orchestrator.js';
import { probeCall } from '../testing/probe-tool.js';
import { type ScriptedAnswer, textsIn } from '../testing/scripted-model.js';
import { givenProbingAgent, script } from '../testing/probing-agent.js';
import { textTurnPolicy } from '../turns/text-turn-policy.js';
import { withPostgres } from '../testing/servers.js';

withPostgres();

describe('[S-13] a newer text', () => {
  it('a text that arrives before a tool’s use supersedes the turn, and the tool is not used', async () => {
    const { take, text, read, probe, says } = await givenProbingAgent();
    const model = script(async () => {
      await text('And another');
      return probeCall('too soon');
    });
    expect(await take(model)).toBe('superseded');
    expect(probe.used).toEqual([]);
    expect(await read.steps()).toEqual([]);
    const anew = script('Both.');
    expect(await take(anew)).toBe('replied');
    expect(textsIn(anew.prompts[0]!)).toEqual(['Hello', 'And another']);
    expect(await says()).toEqual(['inbound: Hello', 'inbound: And another', 'answer: Both.']);
  });

  it('a tool is not used before the person has stopped texting for the quiet time', async () => {
    const quietMs = 1_500;
    const { take, database } = await givenProbingAgent({
      policy: { bursts: { ...textTurnPolicy.bursts, quietTimeScale: quietTimeScaleFor(quietMs) } },
    });
    expect(await take(script(probeCall('patiently'), 'Done.'))).toBe('replied');
    const [waited] = await database.rows<{ ms: number }>(
      `SELECT (extract(epoch FROM step.created_at - message.created_at) * 1000)::float8 AS ms
       FROM turn_step AS step, message WHERE message.seq = 1`,
    );
    expect(waited!.ms).toBeGreaterThanOrEqual(quietMs - 5);
  });

  it('a newer text after a tool’s use does not supersede the turn, and is answered after the reply', async () => {
    const { take, text, probe, says, read } = await givenProbingAgent();
    const model = script(probeCall('done'), async () => {
      await text('And another');
      return 'Done.';
    });
    expect(await take(model)).toBe('replied');
    expect(await says()).toEqual(['inbound: Hello', 'inbound: And another', 'answer: Done.']);
    expect(await read.lanes()).toMatchObject([{ answered_seq: 1, last_inbound_seq: 2, acted_seq: null }]);
    expect(await take(script('Yes?'))).toBe('replied');
    expect(probe.used).toHaveLength(1);
  });

  it('a newer text after a tool’s use does not cancel the request to the model, even if another replica receives it', async () => {
    const { text, probe, says, read, dueTurnsWith, anotherReplica } = await givenProbingAgent();
    const other = await anotherReplica();
    const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const model = script(
      probeCall('done'),
      async () => {
        asked.resolve();
        await answer.promise;
        return 'Done.';
      },
      'Yes?',
    );
    onTestFinished(dueTurnsWith(model).stop);
    await asked.promise;
    await text('Here');
    await other.receiveSms(someSms({ threadId, text: 'There' }), someReceipt());
    answer.resolve();
    await waitUntil('both replies', async () => (await read.count('message')) === 5);
    expect(probe.used).toHaveLength(1);
    expect(model.prompts).toHaveLength(3);
    expect(await says()).toEqual([
      'inbound: Hello',
      'inbound: Here',
      'inbound: There',
      'answer: Done.',
      'answer: Yes?',
    ]);
  });

  it('after a tool’s use and a crash, the next attempt does not read a newer text', async () => {
    const { take, dieIn, text, claim, read, says } = await givenProbingAgent();
    const dying = Promise.withResolvers<void>();
    dieIn(
      script(probeCall('once'), async () => {
        dying.resolve();
        return new Promise<ScriptedAnswer>(() => undefined);
      }),
    );
    await dying.promise;
    await text('And another');
    await read.expireLeases();
    const again = await claim();
    expect(again.readSeq).toBe(1);
    const model = script('Done.');
    expect(await take(model, again)).toBe('replied');
    expect(model.prompts[0]!.messages.map(({ text: t }) => t)).toEqual(['Hello']);
    expect(await take(script('And yes.'))).toBe('replied');
    expect(await says()).toEqual([
      'inbound: Hello',
      'inbound: And another',
      'answer: Done.',
      'answer: And yes.',
    ]);
  });
});
