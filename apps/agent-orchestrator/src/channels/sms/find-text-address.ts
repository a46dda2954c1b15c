import { Injectable } from '@nestjs/common';
import { type ConversationId, type E164, parseE164, type ThreadId } from '@parley/kernel';
import { ConversationLog } from '../../conversations/conversation-log.js';

/**
 * Where to text a contact: on their thread, or, if they only called, at their number and from the agent's number, if
 * known.
 */
export type TextAddress = { threadId: ThreadId } | { threadId?: undefined; to?: E164; from?: E164 };

/** Finds the thread or the numbers by which the contact of a conversation can be texted. */
@Injectable()
export class FindTextAddress {
  constructor(private readonly log: ConversationLog) {}

  /** Returns undefined for a conversation that does not exist. */
  async execute(conversationId: ConversationId): Promise<TextAddress | undefined> {
    const contact = await this.log.reachableContact(conversationId, 'sms');
    if (!contact) return undefined;
    if (contact.thread) return { threadId: contact.thread.threadId };
    const [phone, from] = await Promise.all([
      this.log.identityOf(contact.contactId, 'phone'),
      this.log.agentNumberOf(conversationId),
    ]);
    const to = phone && parseE164(phone.value);
    return { ...(to && { to }), ...(from && { from }) };
  }
}
