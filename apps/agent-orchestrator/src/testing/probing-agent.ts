import { type LocalPostgres } from '@parley/local-stack';
import { newId } from '@parley/service-kit';
import { onTestFinished } from 'vitest';
import { givenOrchestrator, someDelivery, someSms } from './orchestrator.js';
import { ProbeTool } from './probe-tool.js';
import { ScriptedModel, type Scripted } from './scripted-model.js';
import type { Claim } from '../turns/lanes.js';
import { type TextTurnPolicy } from '../turns/text-turn-policy.js';

export const never = new AbortController().signal;
export const threadId = newId('thr');

/** A model that gives these answers in turn, and repeats the last one. */
export function script(...answers: (Scripted | (() => Promise<Scripted>))[]) {
  let asked = 0;
  return new ScriptedModel(async () => {
    const answer = answers[Math.min(asked++, answers.length - 1)]!;
    return typeof answer === 'function' ? answer() : answer;
  });
}

/** A text to an agent that may use the probe tool. */
export async function givenProbingAgent(
  postgres: LocalPostgres,
  {
    probe = new ProbeTool(),
    allowed = ['probe'],
    policy = {},
  }: {
    probe?: ProbeTool;
    allowed?: string[];
    policy?: Partial<TextTurnPolicy>;
  } = {},
) {
  const orchestrator = await givenOrchestrator(postgres, { policy, allowed, more: [probe] });
  const text = (words: string) => orchestrator.receiveSms(someSms({ threadId, text: words }), someDelivery());
  const claim = async (): Promise<Claim> => (await orchestrator.claimTurns.execute(16)).turns[0]!;
  const take = async (model: ScriptedModel, turn?: Claim) =>
    orchestrator.takeTurnWith(model).execute(turn ?? (await claim()), never);
  /** An attempt whose process dies where the model hangs. */
  const dieIn = (model: ScriptedModel): void => {
    const testIsOver = new AbortController();
    onTestFinished(() => testIsOver.abort());
    void claim().then((turn) => orchestrator.takeTurnWith(model).execute(turn, testIsOver.signal));
  };
  const says = async () => (await orchestrator.read.messages()).map(({ kind, text: t }) => `${kind}: ${t}`);
  await text('Hello');
  return { ...orchestrator, probe, text, claim, take, dieIn, says };
}
