import { givenOrchestrator, neverCancelled, someReceipt, someSms, threadId } from './orchestrator.js';
import { ScriptedModel } from './scripted-model.js';
import type { VoiceTurn } from '@parley/contracts';

/** Gives an orchestrator whose model always gives the same answer. */
export async function givenCalls(answer: () => Promise<string> = async () => 'Certainly.') {
  const orchestrator = await givenOrchestrator();
  const model = new ScriptedModel(answer);
  const spoken = orchestrator.takeSpokenTurnWith(model);
  const aloud: string[] = [];
  /** The newest prompt, one string for each text. */
  const prompt = () =>
    model.prompts
      .at(-1)!
      .messages.filter(({ text }) => text !== '(You speak first.)')
      .flatMap(({ role, text }) => text.split('\n\n').map((each) => `${role}: ${each}`));
  return {
    ...orchestrator,
    model,
    aloud,
    prompt,
    speak: (turn: VoiceTurn, cancelled = neverCancelled) =>
      spoken.execute(turn, cancelled, (text) => aloud.push(text)),
    text: (words: string) => orchestrator.receiveSms(someSms({ threadId, text: words }), someReceipt()),
    /** Takes the next text turn, if one is due. */
    answerText: async () => {
      const { turns } = await orchestrator.claimTurns.execute(16);
      return turns[0] && orchestrator.takeTurnWith(model).execute(turns[0], neverCancelled);
    },
    says: async () =>
      (await orchestrator.read.messages()).map(({ kind, text, heard_text: heard }) =>
        heard === null || heard === text ? `${kind}: ${text}` : `${kind}: ${text} [heard: ${heard}]`,
      ),
    types: async () =>
      (await orchestrator.read.events()).map(({ type }) => type.replace(/^evt\.|\.v1$/g, '')),
  };
}
