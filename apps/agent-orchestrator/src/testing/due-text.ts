import { givenOrchestrator, someReceipt, someSms, threadId } from './orchestrator.js';
import type { Claim } from '../turns/lanes.js';

/** An orchestrator with one text whose turn is due. */
export async function givenDueText() {
  const orchestrator = await givenOrchestrator();
  const text = (words: string) => orchestrator.receiveSms(someSms({ threadId, text: words }), someReceipt());
  const claim = async (): Promise<Claim> => {
    const { turns } = await orchestrator.claimTurns.execute(16);
    return turns[0]!;
  };
  const say = async (turn: Claim, words: string) =>
    orchestrator.endTurn.execute(turn, await orchestrator.lanes.contextOf(turn, 10), {
      kind: 'answer',
      text: words,
    });
  const kinds = async () => (await orchestrator.read.messages()).map(({ kind }) => kind);
  const events = async () =>
    (await orchestrator.read.events()).map(({ type }) => type.replace(/^evt\.|\.v1$/g, ''));
  await text('Hello');
  return { ...orchestrator, text, claim, say, kinds, events };
}
