import { Injectable } from '@nestjs/common';
import type { AppendMessage } from '@parley/contracts';
import { storableText } from '@parley/dialogue';
import { type ContactId, type ConversationId, parseId, type ThreadId } from '@parley/kernel';
import { Inbox, Outbox, type Receipt, Transactions } from '@parley/persistence';
import { PoisonMessageError } from '@parley/resilience';
import { Channels, type TextChannel } from '../channels/channel.js';
import { ConversationLog, type TextLane } from './conversation-log.js';
import { OpenThread } from './open-thread.js';
import { deliveryAndEventOf } from './queued-message.js';

export type OperatorMessageOutcome =
  { kind: 'appended' } | { kind: 'ignored'; reason: 'event-seen-before' | 'message-known' | 'own-number' };

/** The destination of an operator message. */
interface Destination extends TextLane {
  channel: TextChannel;
  readonly threadId: ThreadId;
  /** The contact on the thread; set if the thread is not stored yet. */
  readonly newWith?: ContactId;
}

/**
 * Adds an operator message to the log once, and lets its channel deliver it. The apology after a call that
 * broke off arrives the same way.
 */
@Injectable()
export class AppendOperatorMessage {
  constructor(
    private readonly transactions: Transactions,
    private readonly inbox: Inbox,
    private readonly outbox: Outbox,
    private readonly log: ConversationLog,
    private readonly openThread: OpenThread,
    private readonly channels: Channels,
  ) {}

  /**
   * @throws PoisonMessageError if the command names no one who can be reached
   * @throws RetryableError while the service that opens threads is unavailable
   */
  async execute(message: AppendMessage, { consumer, eventId }: Receipt): Promise<OperatorMessageOutcome> {
    const destination = await this.#destinationOf(message);
    if (!destination) return { kind: 'ignored', reason: 'own-number' };
    const { conversationId, laneId, channel, threadId, newWith } = destination;
    const { messageId, validUntil } = message;
    // An author of a newer release, which is read as `unknown`, counts as the agent.
    const author = message.author === 'human' ? 'human' : 'agent';
    const text = storableText(message.text);
    return this.transactions.run(async (tx) => {
      await this.log.lock(tx, conversationId);
      if (!(await this.inbox.once(tx, consumer, eventId))) {
        return { kind: 'ignored', reason: 'event-seen-before' };
      }
      const thread = { threadId, channel: channel.name, kind: channel.reaches };
      if (newWith) await this.log.addThread(tx, thread, newWith, conversationId);
      const added = { threadId, channel: channel.name, messageId, author, text } as const;
      const appended = await this.log.appendOutbound(tx, { conversationId, laneId }, added);
      if (!appended) return { kind: 'ignored', reason: 'message-known' };
      const queued = { conversationId, messageId, threadId, author, text, validUntil } as const;
      await this.outbox.add(tx, ...deliveryAndEventOf(channel, queued, appended));
      return { kind: 'appended' };
    });
  }

  /**
   * Finds the conversation and thread of the message. Returns undefined if it is addressed to one of our own numbers.
   */
  async #destinationOf(message: AppendMessage): Promise<Destination | undefined> {
    const { target, to, from: line } = message;
    const conversationId = parseId('conv', target);
    if (conversationId) return this.#destinationIn(conversationId, message);
    const threadId = parseId('thr', target);
    const lane = threadId && (await this.log.laneOf({ threadId, line }));
    if (lane) return { ...lane, channel: this.channels.texting(lane.channel), threadId };
    if (!threadId) throw new PoisonMessageError(`Target ${target} is neither a conversation nor a thread`);
    if (!to) throw new PoisonMessageError(`Thread ${threadId} is unknown, and the command names no number`);
    // A command to a thread names a new person only by number.
    const channel = this.channels.reaching('phone');
    const person = { kind: channel.reaches, value: to };
    const opened = await this.openThread.execute({ threadId, channel: channel.name, line, person });
    return { ...opened, channel, threadId };
  }

  async #destinationIn(
    id: ConversationId,
    { threadId: opened, to, from }: AppendMessage,
  ): Promise<Destination | undefined> {
    const contact = await this.log.reachableContact(id);
    if (contact?.thread) {
      const { threadId, channel } = contact.thread;
      return { ...laneOf(contact), channel: this.channels.texting(channel), threadId };
    }
    if (!contact) throw new PoisonMessageError(`Conversation ${id} does not exist`);
    if (!(opened ?? to))
      throw new PoisonMessageError(`The contact of conversation ${id} has no phone number`);
    const channel = this.channels.reaching('phone');
    const threadId = opened ?? (await channel.openThread({ to: to!, ...(from && { from }) }));
    return threadId && { ...laneOf(contact), channel, threadId, newWith: contact.contactId };
  }
}

function laneOf({ conversationId, laneId }: TextLane): TextLane {
  return { conversationId, laneId };
}
