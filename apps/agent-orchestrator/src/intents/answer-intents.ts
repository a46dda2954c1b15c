import { Injectable } from '@nestjs/common';
import { type Intent, intentAnswers, readIntent } from '@parley/dialogue';
import { assertNever, parseE164 } from '@parley/kernel';
import { ContactStore } from '../contacts/contact-store.js';
import { UnlinkIdentity } from '../contacts/unlink-identity.js';
import { ConversationLog } from '../conversations/conversation-log.js';
import type { IntentPerson, IntentScene, UnansweredText } from './intent-scene.js';
import { PendingVerifications } from './pending-verifications.js';
import { SendToNumber } from './send-to-number.js';
import { VerifyPhone } from './verify-phone.js';

/** The part of a turn that needs no model. */
export interface AnsweredIntents {
  /** The `seq` of each text that was an intent. */
  answered: ReadonlySet<number>;
  answers: string[];
  /** How to verify the phone; set if the model must not answer the other texts before that. */
  hint: string | undefined;
}

/** The result for texts of which none is an intent. */
export const NO_INTENTS: AnsweredIntents = { answered: new Set(), answers: [], hint: undefined };

/** Answers the texts of a turn that are intents by fixed rules, before the model is asked. */
@Injectable()
export class AnswerIntents {
  constructor(
    private readonly pendings: PendingVerifications,
    private readonly verifyPhone: VerifyPhone,
    private readonly sendToNumber: SendToNumber,
    private readonly contacts: ContactStore,
    private readonly unlinkIdentity: UnlinkIdentity,
    private readonly log: ConversationLog,
  ) {}

  async execute(scene: IntentScene): Promise<AnsweredIntents> {
    const { unanswered, channel, isVerificationRequired } = scene;
    const isGated = isVerificationRequired && channel.reaches === 'phone';
    if (!isGated && !unanswered.some(mayBeIntent)) return NO_INTENTS;
    let person = await this.pendings.personOn(scene.threadId);
    if (!person) return NO_INTENTS;
    const answered = new Set<number>();
    const answers: string[] = [];
    for (const text of unanswered) {
      const intent = intentOf(text, person);
      if (!intent) continue;
      const answer = await this.#answer(text, intent, scene, person);
      answered.add(text.seq);
      if (answer.text !== undefined) answers.push(answer.text);
      person = answer.person;
    }
    const isBlocked = isGated && !person.isVerified && answered.size < unanswered.length;
    return { answered, answers, hint: isBlocked ? intentAnswers.verifyToStart() : undefined };
  }

  async #answer(
    { messageId }: UnansweredText,
    intent: Intent,
    scene: IntentScene,
    person: IntentPerson,
  ): Promise<{ text: string | undefined; person: IntentPerson }> {
    switch (intent.kind) {
      case 'start-verification':
        return this.verifyPhone.start(messageId, intent.number, intent.by, scene, person);
      case 'check-code':
        return this.verifyPhone.check(
          messageId,
          intent.code ?? (await this.pendings.codeOf(messageId)),
          scene,
          person,
        );
      case 'unreadable-number':
        return { text: intentAnswers.verifyFormat(), person };
      case 'show-verified-number':
        return { text: await this.#verifiedNumber(scene), person };
      case 'show-agent-number': {
        const number = await this.log.agentNumberOf(scene.conversationId);
        return { text: number ? intentAnswers.agentNumber(number) : intentAnswers.noAgentNumber(), person };
      }
      case 'send-message':
        return { text: await this.sendToNumber.execute(messageId, intent, scene, person), person };
      case 'unreadable-message':
        return { text: intentAnswers.messageFormat(), person };
      case 'unlink':
        return { text: await this.#unlink(scene, person), person: { ...person, isVerified: false } };
      default:
        return assertNever(intent);
    }
  }

  async #verifiedNumber({ contactId }: IntentScene): Promise<string> {
    const [newest] = await this.contacts.verifiedPhones(contactId);
    const number = newest && parseE164(newest.number);
    return number
      ? intentAnswers.verifiedNumber(number, newest.verifiedAt)
      : intentAnswers.noVerifiedNumber();
  }

  /** Ends the link of the phone that texts, or of all phones of the web user. */
  async #unlink({ contactId }: IntentScene, { identity, identityId }: IntentPerson): Promise<string> {
    const phones = await this.contacts.verifiedPhones(contactId);
    const ending =
      identity.kind === 'phone' ? phones.filter((each) => each.identityId === identityId) : phones;
    const answers: string[] = [];
    for (const phone of ending) {
      await this.unlinkIdentity.execute(phone.identityId, 'person');
      const number = parseE164(phone.number);
      if (number) answers.push(intentAnswers.unlinked(number));
    }
    return answers.length > 0 ? answers.join('\n') : intentAnswers.noVerifiedNumber();
  }
}

/** Returns whether a text could be an intent, whatever is pending. */
function mayBeIntent({ text, hasCode }: UnansweredText): boolean {
  return hasCode || readIntent(text, { isVerificationPending: true }) !== undefined;
}

/**
 * Returns the intent of a text. A masked code is one only while a verification of the person is pending, or if the text
 * calls it a code.
 */
function intentOf({ text, hasCode }: UnansweredText, { pending }: IntentPerson): Intent | undefined {
  if (hasCode) {
    const isNamed = /[a-z]/i.test(text);
    return pending || isNamed ? { kind: 'check-code', code: undefined } : undefined;
  }
  return readIntent(text, { isVerificationPending: pending !== undefined });
}
