import { onTestFinished } from 'vitest';
import { givenOrchestrator, neverCancelled, someReceipt, someSms, threadId } from './orchestrator.js';
import { ProbeTool } from './probe-tool.js';
import { ScriptedModel, type ScriptedAnswer } from './scripted-model.js';
import type { Claim } from '../turns/lanes.js';
import { type TextTurnPolicy } from '../turns/text-turn-policy.js';

/** A model that gives these answers one after the other, and then repeats the last one. */
export function script(...answers: (ScriptedAnswer | (() => Promise<ScriptedAnswer>))[]) {
  let asked = 0;
  return new ScriptedModel(async () => {
    const answer = answers[Math.min(asked++, answers.length - 1)]!;
    return typeof answer === 'function' ? answer() : answer;
  });
}

/** Gives an orchestrator with one text to an agent that may use the probe tool. */
export async function givenProbingAgent({
  probe = new ProbeTool(),
  allowed = ['probe'],
  policy = {},
}: {
  probe?: ProbeTool;
  allowed?: string[];
  policy?: Partial<TextTurnPolicy>;
} = {}) {
  const orchestrator = await givenOrchestrator({ policy, allowed, more: [probe] });
  const text = (words: string) => orchestrator.receiveSms(someSms({ threadId, text: words }), someReceipt());
  const claim = async (): Promise<Claim> => (await orchestrator.claimTurns.execute(16)).turns[0]!;
  const take = async (model: ScriptedModel, turn?: Claim) =>
    orchestrator.takeTurnWith(model).execute(turn ?? (await claim()), neverCancelled);
  /** Starts an attempt that never goes on after its model hangs, as if its process had died there. */
  const dieIn = (model: ScriptedModel): void => {
    const testIsOver = new AbortController();
    onTestFinished(() => testIsOver.abort());
    void claim().then((turn) => orchestrator.takeTurnWith(model).execute(turn, testIsOver.signal));
  };
  const says = async () => (await orchestrator.read.messages()).map(({ kind, text: t }) => `${kind}: ${t}`);
  await text('Hello');
  return { ...orchestrator, probe, text, claim, take, dieIn, says };
}
