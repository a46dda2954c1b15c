import {
  CheckVerification,
  ResendVerification,
  rpcSubjectOf,
  StartVerification,
  type VerificationView,
} from '@parley/contracts';
import { NatsLink } from '@parley/messaging';
import { newId } from '@parley/service-kit';
import { onTestFinished } from 'vitest';
import type { z } from 'zod';

type Started = z.output<typeof StartVerification.input>;

export const CODE = '739154';

/**
 * Answers the orchestrator's requests as the verification service does, until the test ends. Every code is `CODE`, and counts
 * only for the subject and purpose that asked for it.
 */
export async function playVerification(natsUrl: string) {
  const link = new NatsLink({ name: 'verification', url: natsUrl });
  onTestFinished(() => link.drain());
  link.start();
  const connection = await link.whenConnected();
  const started: Started[] = [];
  const checked: z.output<typeof CheckVerification.input>[] = [];
  const resent: z.output<typeof ResendVerification.input>[] = [];
  const views = new Map<string, VerificationView>();
  const given = new Map<string, unknown>();
  const limits = { start: false };
  /** Answers a repeated request id as before. */
  const answering = <Input extends { requestId: string }>(
    subject: string,
    answer: (input: Input) => unknown,
  ) =>
    connection.subscribe(subject, {
      callback: (_, message) => {
        const input = message.json<Input>();
        const data = given.get(input.requestId) ?? answer(input);
        given.set(input.requestId, data);
        message.respond(JSON.stringify({ ok: true, data }));
      },
    });
  answering<Started>(rpcSubjectOf(StartVerification), (input) => {
    started.push(input);
    if (limits.start) return { outcome: 'limited', retryAfterMs: 90_000 };
    const now = Date.now();
    const at = (ms: number) => new Date(now + ms).toISOString();
    const verification: VerificationView = {
      id: newId('ver'),
      status: 'pending',
      to: input.to,
      subject: input.subject,
      purpose: input.purpose,
      channel: 'sms',
      createdAt: at(0),
      expiresAt: at(600_000),
      attemptsRemaining: 5,
      nextSendAt: at(60_000),
      nextVoiceAt: at(60_000),
    };
    views.set(verification.id, verification);
    return { outcome: 'started', verification };
  });
  answering<z.output<typeof CheckVerification.input>>(rpcSubjectOf(CheckVerification), (input) => {
    checked.push(input);
    const view = views.get(input.verificationId);
    if (!view || view.subject.id !== input.subject.id || view.purpose !== input.purpose) {
      return { outcome: 'not-found' };
    }
    if (view.status !== 'pending') return { outcome: 'over', verification: view };
    if (input.code !== CODE) return { outcome: 'wrong-code', verification: view };
    const verification = { ...view, status: 'approved' as const, approvedAt: new Date().toISOString() };
    views.set(view.id, verification);
    return { outcome: 'approved', verification };
  });
  answering<z.output<typeof ResendVerification.input>>(rpcSubjectOf(ResendVerification), (input) => {
    resent.push(input);
    return { outcome: 'sent', verification: views.get(input.verificationId) };
  });
  await connection.flush();
  return { started, checked, resent, limits };
}
