import { Injectable, Logger } from '@nestjs/common';
import {
  CheckVerification,
  ResendVerification,
  StartVerification,
  VerificationSubject,
  type VerificationView,
} from '@parley/contracts';
import { intentAnswers } from '@parley/dialogue';
import { assertNever, type E164, type MessageId, type VerificationId } from '@parley/kernel';
import { RpcClient, RpcFailure, RpcUnavailableError } from '@parley/messaging';
import { LinkIdentity } from '../contacts/link-identity.js';
import { derivedId } from './derived-id.js';
import type { IntentPerson, IntentScene, PendingVerification } from './intent-scene.js';
import { PendingVerifications } from './pending-verifications.js';

/** The time-out of a request to the verification service, which sends a code before it answers. */
const VERIFICATION_TIMEOUT_MS = 8_000;

/** The purposes of verifications that link a phone: to a web user or another phone, or to its own texts. */
export const LINKING_PURPOSES = ['link-phone', 'own-phone'] as const;

/**
 * The answer to a request, and the person after it. `text` is undefined if the code that was sent by SMS is itself the
 * answer.
 */
export interface VerificationAnswer {
  text: string | undefined;
  person: IntentPerson;
}

/**
 * Starts and checks the verifications that people ask for in a conversation. A repeated turn sends no second code and counts
 * no second check, because the ids of its requests derive from the message.
 */
@Injectable()
export class VerifyPhone {
  readonly #logger = new Logger(VerifyPhone.name);

  constructor(
    private readonly rpc: RpcClient,
    private readonly pendings: PendingVerifications,
    private readonly linkIdentity: LinkIdentity,
  ) {}

  /** Sends a code to the number, or to the phone that asks. */
  async start(
    messageId: MessageId,
    requested: E164 | undefined,
    by: 'sms' | 'voice',
    scene: IntentScene,
    person: IntentPerson,
  ): Promise<VerificationAnswer> {
    const own = person.identity.kind === 'phone' ? (person.identity.value as E164) : undefined;
    const number = requested ?? own;
    if (!number) return { text: intentAnswers.verifyFormat(), person };
    try {
      const { pending } = person;
      if (pending?.number === number) {
        const resent = await this.#resend(messageId, pending, by, scene, person);
        if (resent) return { text: resent, person };
      }
      return await this.#start(messageId, number, by, scene, person);
    } catch (error) {
      return { text: this.#unavailable(messageId, error), person };
    }
  }

  /** Checks a code, and links the phone if it is right. */
  async check(
    messageId: MessageId,
    code: string | undefined,
    scene: IntentScene,
    person: IntentPerson,
  ): Promise<VerificationAnswer> {
    const { pending, identity } = person;
    if (!pending || code === undefined) return { text: invalidCode(person), person };
    try {
      const { verificationId, purpose, number } = pending;
      const answer = await this.rpc.request(
        CheckVerification,
        {
          requestId: derivedId('req', messageId, 'check'),
          verificationId,
          subject: subjectOf(scene, person),
          purpose,
          code,
        },
        { timeoutMs: VERIFICATION_TIMEOUT_MS },
      );
      if (answer.outcome === 'approved') {
        await this.linkIdentity.execute({
          claimant: identity,
          identity: { kind: 'phone', value: number },
          proof: { via: 'verification', verificationId },
          provenAt: new Date(answer.verification?.approvedAt ?? Date.now()),
        });
        await this.pendings.remove(verificationId);
        const isOwn = isOwnNumber(person, number);
        const text = isOwn ? intentAnswers.ownNumberVerified() : intentAnswers.phoneVerified(number);
        return { text, person: { ...person, pending: undefined, isVerified: person.isVerified || isOwn } };
      }
      if (answer.outcome === 'limited') {
        return { text: intentAnswers.tooManyAttempts(answer.retryAfterMs), person };
      }
      if (answer.outcome === 'wrong-code') return { text: invalidCode(person), person };
      await this.pendings.remove(verificationId);
      return { text: invalidCode(person), person: { ...person, pending: undefined } };
    } catch (error) {
      return { text: this.#unavailable(messageId, error), person };
    }
  }

  async #start(
    messageId: MessageId,
    number: E164,
    by: 'sms' | 'voice',
    scene: IntentScene,
    person: IntentPerson,
  ): Promise<VerificationAnswer> {
    const purpose = isOwnNumber(person, number) ? LINKING_PURPOSES[1] : LINKING_PURPOSES[0];
    const answer = await this.rpc.request(
      StartVerification,
      {
        requestId: derivedId('req', messageId, 'start'),
        to: number,
        subject: subjectOf(scene, person),
        purpose,
        conversationId: scene.conversationId,
      },
      { timeoutMs: VERIFICATION_TIMEOUT_MS },
    );
    const { outcome, verification } = answer;
    if (outcome === 'limited') return { text: intentAnswers.tooManyAttempts(answer.retryAfterMs), person };
    if (outcome !== 'started' || !verification) return { text: intentAnswers.numberRefused(), person };
    const pending = await this.#remember(verification, number, person);
    // The first code is always sent by SMS. On the phone that asks, it is the answer.
    const isCodeTheAnswer = by === 'sms' && isOwnNumber(person, number);
    const text = isCodeTheAnswer ? undefined : sentTo(number, 'sms');
    return { text, person: { ...person, pending } };
  }

  /** Sends another code of a pending verification. Returns undefined if a new verification must be started. */
  async #resend(
    messageId: MessageId,
    { verificationId, number }: PendingVerification,
    channel: 'sms' | 'voice',
    scene: IntentScene,
    person: IntentPerson,
  ): Promise<string | undefined> {
    const answer = await this.rpc.request(
      ResendVerification,
      {
        requestId: derivedId('req', messageId, 'resend'),
        verificationId,
        subject: subjectOf(scene, person),
        channel,
      },
      { timeoutMs: VERIFICATION_TIMEOUT_MS },
    );
    switch (answer.outcome) {
      case 'sent':
        return sentTo(number, channel);
      case 'too-early':
        // A second text is not needed, because the newest code is still on its way; a call must wait.
        return channel === 'sms' ? sentTo(number, 'sms') : intentAnswers.tooManyAttempts(answer.retryAfterMs);
      case 'limited':
        return intentAnswers.tooManyAttempts(answer.retryAfterMs);
      case 'refused':
        return intentAnswers.numberRefused();
      case 'over':
      case 'not-found':
      case 'unknown':
        await this.pendings.remove(verificationId);
        return undefined;
      default:
        return assertNever(answer.outcome);
    }
  }

  async #remember(
    { id, expiresAt, purpose }: VerificationView,
    number: E164,
    { identityId }: IntentPerson,
  ): Promise<PendingVerification> {
    const verificationId: VerificationId = id;
    const pending = { verificationId, identityId, number, purpose, expiresAt: new Date(expiresAt) };
    await this.pendings.add(pending);
    return pending;
  }

  /**
   * Logs that the verification service is unavailable and returns the answer for the person.
   * @throws `error` if it has another cause
   */
  #unavailable(messageId: MessageId, error: unknown): string {
    if (!(error instanceof RpcUnavailableError || error instanceof RpcFailure)) throw error;
    this.#logger.warn(
      { messageId, err: error },
      'The verification service did not answer, so the person was asked to try again later',
    );
    return intentAnswers.verificationUnavailable();
  }
}

function isOwnNumber({ identity }: IntentPerson, number: E164): boolean {
  return identity.kind === 'phone' && identity.value === number;
}

function invalidCode({ identity }: IntentPerson): string {
  return identity.kind === 'phone' ? intentAnswers.invalidCodeBySms() : intentAnswers.invalidCode();
}

function sentTo(number: E164, channel: 'sms' | 'voice'): string {
  return channel === 'sms' ? intentAnswers.codeSent(number) : intentAnswers.codeCalled(number);
}

/**
 * Returns the subject of a verification: a text thread or a web user. A code counts only for the one that asked for it.
 */
function subjectOf({ threadId }: IntentScene, { identity, identityId }: IntentPerson): VerificationSubject {
  if (identity.kind === 'phone') return { kind: 'phone', id: threadId };
  const subject = { kind: 'web-user' as const, id: identity.value };
  return VerificationSubject.safeParse(subject).success ? subject : { kind: 'web-user', id: identityId };
}
