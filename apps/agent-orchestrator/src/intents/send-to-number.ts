import { Injectable, Logger } from '@nestjs/common';
import { intentAnswers } from '@parley/dialogue';
import type { E164, MessageId } from '@parley/kernel';
import { ContactStore } from '../contacts/contact-store.js';
import { Channels } from '../channels/channel.js';
import { AppendOperatorMessage } from '../conversations/append-operator-message.js';
import { ConversationLog } from '../conversations/conversation-log.js';
import { RetryableError } from '@parley/resilience';
import { REPLY_VALID_FOR_MS } from '../replies/reply-policy.js';
import { derivedId } from './derived-id.js';
import type { IntentPerson, IntentScene } from './intent-scene.js';
import { PendingVerifications } from './pending-verifications.js';

/** Texts a number that the person has named, if the agent's policy allows this recipient. */
@Injectable()
export class SendToNumber {
  readonly #logger = new Logger(SendToNumber.name);

  constructor(
    private readonly contacts: ContactStore,
    private readonly identities: PendingVerifications,
    private readonly channels: Channels,
    private readonly log: ConversationLog,
    private readonly append: AppendOperatorMessage,
  ) {}

  /** Sends the text, once even if the turn is repeated. Returns the answer to the person. */
  async execute(
    messageId: MessageId,
    { text, to }: { text: string; to: E164 },
    scene: IntentScene,
    person: IntentPerson,
  ): Promise<string> {
    const own = await this.#ownNumbers(scene, person);
    if (own.length === 0) return intentAnswers.verifyFirst();
    if (!own.includes(to) && !(await this.#mayReach(to, scene))) return intentAnswers.recipientRefused();
    try {
      const channel = this.channels.reaching('phone');
      const from = await this.log.agentNumberOf(scene.conversationId);
      const threadId = await channel.openThread({ to, ...(from && { from }) });
      if (!threadId) return intentAnswers.recipientRefused();
      const consent = await channel.consentOn(threadId);
      if (consent === 'opted-out') return intentAnswers.recipientOptedOut(to);
      if (consent === 'unknown') return intentAnswers.messagesUnavailable();
      await this.#send(messageId, { threadId, text, to, from });
      return intentAnswers.messageSent(to);
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
      this.#logger.warn(
        { messageId, err: error },
        'The text to a number could not be sent; the person was asked to try again later',
      );
      return intentAnswers.messagesUnavailable();
    }
  }

  /** Returns the numbers that are the person's own: verified ones, and the one that texts. */
  async #ownNumbers({ contactId }: IntentScene, { identity }: IntentPerson): Promise<string[]> {
    const verified = await this.contacts.verifiedPhones(contactId);
    return [...verified.map(({ number }) => number), ...(identity.kind === 'phone' ? [identity.value] : [])];
  }

  async #mayReach(to: E164, { recipients }: IntentScene): Promise<boolean> {
    if (recipients === 'contacts') {
      return (await this.identities.find({ kind: 'phone', value: to })) !== undefined;
    }
    return recipients === 'any';
  }

  /** Adds the text to the recipient's own conversation, once for each message that asked for it. */
  async #send(
    messageId: MessageId,
    {
      threadId,
      text,
      to,
      from,
    }: { threadId: `thr_${string}`; text: string; to: E164; from: E164 | undefined },
  ): Promise<void> {
    const now = Date.now();
    await this.append.execute(
      {
        target: threadId as never,
        messageId: derivedId('msg', messageId, 'send'),
        text,
        author: 'agent',
        to,
        ...(from && { from }),
        requestedAt: new Date(now).toISOString(),
        validUntil: new Date(now + REPLY_VALID_FOR_MS).toISOString(),
      },
      { consumer: 'send-message-intent', eventId: derivedId('evt', messageId, 'send') },
    );
  }
}
