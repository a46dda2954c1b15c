import { durableOf, WebMessageReceived } from '@parley/contracts';
import { type E164, parseE164, type ThreadId, type VerificationId } from '@parley/kernel';
import { newId } from '@parley/service-kit';
import { type Changes, givenOrchestrator, neverCancelled, someReceipt, someSms } from './orchestrator.js';
import { ScriptedModel } from './scripted-model.js';

/** A person who writes on one thread. */
export interface Writer {
  threadId: ThreadId;
  /** Writes, and lets the agent answer. Returns the texts of the agent's prompt; none if the model was not asked. */
  say(text: string): Promise<string[]>;
  /** Writes, and lets the agent answer. Returns the agent's new texts on the thread. */
  ask(text: string): Promise<string[]>;
}

/** An orchestrator whose agent answers "Noted." to people who text and to web users. */
export async function givenPeople(changes: Changes = {}) {
  const orchestrator = await givenOrchestrator(changes);
  const model = new ScriptedModel(async () => 'Noted.');
  const { receiveSms, receiveWeb, claimTurns, takeTurnWith, linkIdentity } = orchestrator;
  /** Takes all due turns. */
  const answer = async (): Promise<string[]> => {
    model.prompts.length = 0;
    for (const turn of (await claimTurns.execute(16)).turns)
      await takeTurnWith(model).execute(turn, neverCancelled);
    return model.prompts.flatMap(({ messages }) =>
      messages.filter(({ role }) => role === 'user').flatMap(({ text }) => text.split('\n\n')),
    );
  };
  const repliesOn = async (threadId: ThreadId) =>
    (
      await orchestrator.database.rows<{ text: string }>(
        `SELECT text FROM message WHERE thread_id = $1 AND direction = 'outbound' ORDER BY created_at`,
        [threadId],
      )
    ).map(({ text }) => text);
  const asking = (threadId: ThreadId, say: Writer['say']) => async (text: string) => {
    const before = (await repliesOn(threadId)).length;
    await say(text);
    return (await repliesOn(threadId)).slice(before);
  };
  const phone = (number: string): Writer & { number: E164 } => {
    const from = parseE164(number)!;
    const threadId = newId('thr');
    let threadSeq = 0;
    const say = async (text: string) => {
      await receiveSms(someSms({ threadId, threadSeq: ++threadSeq, from, text }), someReceipt());
      return answer();
    };
    return { threadId, number: from, say, ask: asking(threadId, say) };
  };
  const webUser = (userId: string): Writer & { userId: string } => {
    const threadId = newId('thr');
    let threadSeq = 0;
    const say = async (text: string) => {
      const receivedAt = new Date().toISOString();
      const message = { threadId, threadSeq: ++threadSeq, messageId: newId('msg'), userId, text, receivedAt };
      const consumer = durableOf(WebMessageReceived, 'agent-orchestrator');
      await receiveWeb(message, { ...someReceipt(), consumer });
      return answer();
    };
    return { threadId, userId, say, ask: asking(threadId, say) };
  };
  /** Links a phone to a web user, as a verification that the web user asked for does. */
  const link = (
    { userId }: { userId: string },
    { number }: { number: E164 },
    verificationId: VerificationId = newId('ver'),
  ) =>
    linkIdentity.execute({
      claimant: { kind: 'web-user', value: userId },
      identity: { kind: 'phone', value: number },
      proof: { via: 'verification', verificationId },
      provenAt: new Date(),
    });
  const conversationOf = async ({ threadId }: Writer) =>
    (
      await orchestrator.database.rows<{ id: string; contact_id: string }>(
        `SELECT conversation.id, conversation.contact_id FROM thread
         JOIN conversation ON conversation.id = thread.conversation_id WHERE thread.id = $1`,
        [threadId],
      )
    )[0]!;
  const identityOf = async ({ threadId }: Writer) =>
    (
      await orchestrator.database.rows<{ identity_id: `idn_${string}` }>(
        'SELECT identity_id FROM thread WHERE id = $1',
        [threadId],
      )
    )[0]!.identity_id as never;
  const types = async () =>
    (await orchestrator.read.events()).map(({ type }) => type.replace(/^evt\.|\.v1$/g, ''));
  return {
    ...orchestrator,
    model,
    answer,
    phone,
    webUser,
    link,
    conversationOf,
    identityOf,
    types,
    repliesOn,
  };
}
