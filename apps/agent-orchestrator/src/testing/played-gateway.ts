import { CheckConsent, OpenTextThread, rpcSubjectOf } from '@parley/contracts';
import type { ThreadId } from '@parley/kernel';
import { NatsLink } from '@parley/messaging';
import { onTestFinished } from 'vitest';

export interface GatewayAnswers {
  /** The consent of a thread's person; null if the thread does not exist. */
  consent?: { consent: 'given' | 'opted-out' } | null;
  /** The thread that the gateway opens on request; null if the number is one of ours. */
  thread?: { threadId: ThreadId } | null;
}

/**
 * Answers the orchestrator's requests as the gateway does, until the test ends. A request that has no answer
 * in `answers` gets none.
 */
export async function playGateway(natsUrl: string, answers: GatewayAnswers): Promise<{ asked: unknown[] }> {
  const link = new NatsLink({ name: 'sms-gateway', url: natsUrl });
  onTestFinished(() => link.drain());
  link.start();
  const connection = await link.whenConnected();
  const asked: unknown[] = [];
  const answer = (subject: string, data: unknown) =>
    connection.subscribe(subject, {
      callback: (_, message) => {
        asked.push(message.json());
        message.respond(JSON.stringify({ ok: true, data }));
      },
    });
  if (answers.consent !== undefined) answer(rpcSubjectOf(CheckConsent), answers.consent);
  if (answers.thread !== undefined) answer(rpcSubjectOf(OpenTextThread), answers.thread);
  await connection.flush();
  return { asked };
}
