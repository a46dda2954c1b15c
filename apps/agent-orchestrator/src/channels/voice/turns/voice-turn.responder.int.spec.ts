import { CancelVoiceTurn, VoiceTurn } from '@parley/contracts';
import { waitUntil } from '@parley/local-stack';
import { type AskOptions, LiveClient, NatsLink, type LivePart } from '@parley/messaging';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { someCall, someRecord } from '../../../testing/a-call.js';
import { type Changes, givenOrchestrator, startReplica } from '../../../testing/orchestrator.js';
import { probeResult, ProbeTool, probeCall } from '../../../testing/probe-tool.js';
import { ScriptedModel } from '../../../testing/scripted-model.js';
import { nats, withNats, withPostgres } from '../../../testing/servers.js';

const WAIT = { intervalMs: 5 };
/** Makes the voice-bridge wait for an answer longer than any test takes. */
const PATIENT = { silenceMs: 30_000 };
withPostgres();
withNats();

async function connected(name: string): Promise<NatsLink> {
  const link = new NatsLink({ name, url: nats.url });
  onTestFinished(() => link.drain());
  link.start();
  await link.whenConnected();
  return link;
}

/** Starts replicas of the orchestrator, and a voice-bridge that requests turns from them. */
async function givenReplicas(
  script: ConstructorParameters<typeof ScriptedModel>[0],
  count = 1,
  changes: Changes = {},
) {
  const { databaseUrl } = await givenOrchestrator(changes);
  const model = new ScriptedModel(script);
  const stops: (() => Promise<void>)[] = [];
  for (let i = 0; i < count; i++) {
    stops.push(await startReplica(databaseUrl, model, { ...changes, natsUrl: nats.url }));
  }
  const bridge = new LiveClient(await connected('voice-bridge'));
  return {
    model,
    stops,
    bridge,
    ask: async (turn: VoiceTurn, patience: AskOptions = PATIENT) => {
      const parts: LivePart<typeof VoiceTurn>[] = [];
      for await (const part of bridge.ask(VoiceTurn, turn, patience)) parts.push(part);
      return parts;
    },
  };
}

describe('a spoken turn over NATS', () => {
  it('any replica answers a spoken turn under the call’s lane token', async () => {
    const { ask, model } = await givenReplicas(async () => 'Certainly.', 3);
    const call = someCall();
    for (let turnNo = 1; turnNo <= 12; turnNo++) {
      const ledger = turnNo === 1 ? [] : [someRecord(turnNo - 1, `said ${turnNo - 1}`, 'Certainly.')];
      const turn = call.turn(turnNo, `said ${turnNo}`, { ledger });
      const { turnId } = turn;
      expect(await ask(turn)).toMatchObject([
        { kind: 'chunk', data: { turnId, attempt: 1, text: 'Certainly.' } },
        { kind: 'end', data: { turnId, finishReason: 'complete', ledgerMergedThrough: turnNo - 1 } },
      ]);
    }
    expect(model.prompts.at(-1)!.messages).toHaveLength(23);
  });

  it('a cancelled spoken turn stops on whichever replica runs it', async () => {
    let stopped = 0;
    const { ask, bridge, model } = await givenReplicas(
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            stopped += 1;
            reject(new Error('stopped'));
          });
        }),
      3,
    );
    const [turn, another] = [someCall().turn(1, 'Hi', { attempt: 2 }), someCall().turn(1, 'Hi')];
    const answer = ask(turn);
    const other = ask(another);
    await waitUntil('the model to be asked', () => model.prompts.length === 2, WAIT);
    const { callId, turnId } = turn;
    bridge.send(CancelVoiceTurn, { callId, turnId, attempt: 1 });
    bridge.send(CancelVoiceTurn, { callId, turnId: another.turnId, attempt: 1 });
    bridge.send(CancelVoiceTurn, { callId, turnId, attempt: 2 });
    expect(await answer).toMatchObject([{ kind: 'end', data: { attempt: 2, finishReason: 'cancelled' } }]);
    expect(stopped).toBe(1);
    bridge.send(CancelVoiceTurn, { callId: another.callId, turnId: another.turnId, attempt: 1 });
    expect(await other).toMatchObject([{ kind: 'end', data: { finishReason: 'cancelled' } }]);
  });

  it('a new attempt of a spoken turn cancels the earlier attempt on the same replica', async () => {
    let calls = 0;
    const { ask, model } = await givenReplicas((_, signal) => {
      calls += 1;
      if (calls > 1) return Promise.resolve('Certainly.');
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('stopped')));
      });
    });
    const call = someCall();
    const first = call.turn(1, 'I would');
    const given = ask(first);
    await waitUntil('the model to be asked', () => model.prompts.length === 1, WAIT);
    const second = ask(call.turn(1, 'I would like a table', { turnId: first.turnId, attempt: 2 }));
    expect(await given).toMatchObject([{ kind: 'end', data: { finishReason: 'cancelled' } }]);
    expect(await second).toMatchObject([{ kind: 'chunk' }, { kind: 'end', data: { attempt: 2 } }]);
  });

  it('a draining replica answers its spoken turn with a retryable error', async () => {
    const { ask, stops, model } = await givenReplicas(
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('stopped')));
        }),
    );
    const asked = ask(someCall().turn(1, 'Hi'));
    await waitUntil('the model to be asked', () => model.prompts.length === 1, WAIT);
    await Promise.all([
      expect(asked).rejects.toMatchObject({ code: 'unavailable', retryable: true }),
      stops[0]!(),
    ]);
  }, 60_000);

  it('a spoken turn sends signs of life while a tool runs, so that the voice-bridge does not give up', async () => {
    const probe = new ProbeTool(async (note) => {
      await pause(3_500);
      return probeResult(note);
    });
    const { ask, model } = await givenReplicas(
      async ({ tools }) => (tools!.used.length === 0 ? probeCall('slow', 'One moment. ') : 'Done.'),
      1,
      { allowed: ['probe'], more: [probe] },
    );
    const parts = await ask(someCall().turn(1, 'Do it'), {});
    expect(parts.map((part) => (part.kind === 'chunk' ? part.data.text : part.kind))).toEqual([
      'One moment. ',
      ' Done.',
      'end',
    ]);
    expect(model.prompts).toHaveLength(2);
  });

  it('a spoken turn of a thousand words arrives whole and in order', async () => {
    const words = Array.from({ length: 1_000 }, (_, i) => `word${i} `);
    const { ask, model } = await givenReplicas(async () => '');
    model.reply = async function* () {
      for (const text of words) yield { kind: 'text', text };
    };
    const parts = await ask(someCall().turn(1, 'Tell me all'));
    const said = parts.flatMap((part) => (part.kind === 'chunk' ? [part.data.text] : []));
    expect(said.join('')).toBe(words.join(''));
    expect(parts.at(-1)).toMatchObject({ kind: 'end', data: { finishReason: 'complete' } });
  });
});
