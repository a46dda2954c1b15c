import type { Channel } from '@parley/contracts';
import type { PromptChannel } from '@parley/dialogue';
import type { E164, MessageId, ThreadId } from '@parley/kernel';
import type { OutboxMessage } from '@parley/persistence';

/** A channel, as public events name it. */
export type ChannelName = Exclude<Channel, 'unknown'>;

export type IdentityKind = 'phone';

/** What a channel knows a contact by. */
export interface Identity {
  kind: IdentityKind;
  value: string;
}

/** A message to the contact that is in the log and has to be delivered. */
export interface OutboundMessage {
  messageId: MessageId;
  threadId: ThreadId;
  /** The outbound message before it on its thread, so that the channel can deliver them in order. */
  follows: MessageId | undefined;
  author: 'agent' | 'human';
  text: string;
  /** Delivering it later is of no use: an ISO timestamp. */
  validUntil: string;
}

/**
 * A way in which a contact and an agent exchange messages: all that the rest of the orchestrator knows of it. What it
 * receives comes through the consumers of the channel's own module.
 */
export abstract class ConversationChannel {
  abstract readonly name: ChannelName;
  /** What prompts and answers depend on. */
  abstract readonly prompt: PromptChannel;
  /** After this silence the person is taken to have finished writing. */
  abstract readonly quietMs: number;

  /** A received text as the model reads it. */
  readText(text: string): string {
    return text;
  }
}

/** A channel on which messages of the log are delivered to the contact. */
export abstract class TextChannel extends ConversationChannel {
  /** The kind of identity that the channel reaches contacts by. */
  abstract readonly reaches: IdentityKind;
  /** The commands that deliver this message, for the outbox. */
  abstract deliver(message: OutboundMessage): OutboxMessage[];
  /**
   * Opens a thread to a person who never wrote on this channel. Undefined for an address of our own.
   * @throws RetryableError while the service that opens threads is unavailable
   */
  abstract openThread(addresses: { to: E164; from?: E164 }): Promise<ThreadId | undefined>;
}

/** All channels of the installation. */
export class Channels {
  constructor(private readonly all: readonly ConversationChannel[]) {}

  named(name: ChannelName): ConversationChannel {
    const channel = this.all.find((each) => each.name === name);
    if (!channel) throw new Error(`There is no channel "${name}"`);
    return channel;
  }

  /** @throws Error for a channel that delivers no messages of the log */
  texting(name: ChannelName): TextChannel {
    const channel = this.named(name);
    if (!(channel instanceof TextChannel)) throw new Error(`Channel "${name}" delivers no messages`);
    return channel;
  }

  /** The channel by which a contact is reached whom we know by such an identity alone. */
  reaching(kind: IdentityKind): TextChannel {
    const channel = this.all.find((each) => each instanceof TextChannel && each.reaches === kind);
    if (!channel) throw new Error(`No channel reaches a contact by ${kind}`);
    return channel as TextChannel;
  }
}
