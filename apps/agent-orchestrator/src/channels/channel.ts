import type { Channel } from '@parley/contracts';
import type { PromptChannel } from '@parley/dialogue';
import type { ConversationId, E164, MessageId, ThreadId, TurnId } from '@parley/kernel';
import type { OutboxMessage } from '@parley/persistence';

/** The name of a channel in public events. */
export type ChannelName = Exclude<Channel, 'unknown'>;

export type IdentityKind = 'phone' | 'web-user';

/** The address by which a channel knows a contact. */
export interface Identity {
  kind: IdentityKind;
  readonly value: string;
}

/** A message of the log that has to be delivered to the contact. */
export interface OutboundMessage {
  readonly messageId: MessageId;
  readonly threadId: ThreadId;
  /** The previous outbound message of the thread, so that the channel can deliver them in order. */
  readonly follows: MessageId | undefined;
  author: 'agent' | 'human';
  readonly text: string;
  /** ISO timestamp after which delivery is useless. */
  readonly validUntil: string;
}

/** Shows the person a reply while the agent writes it. */
export interface DraftListener {
  text(piece: string): void;
  /** Called after the agent used a tool, before the text that follows. */
  toolUsed(): void;
  /** Called when the model begins again: the text since the start or the last tool is void. */
  restart(): void;
  /** Called at the end of the draft: it is complete and will be sent, or it is dropped. */
  ended(outcome: 'complete' | 'dropped'): void;
}

/**
 * A way in which a contact and an agent exchange messages. The rest of the orchestrator knows a channel only
 * by this class. The consumers in the channel's module receive its messages.
 */
export abstract class ConversationChannel {
  abstract readonly name: ChannelName;
  /** The properties of the channel that prompts and answers depend on. */
  abstract readonly prompt: PromptChannel;
  /** How long the person must send nothing before the agent assumes that they have finished writing. */
  abstract readonly quietMs: number;

  /** Returns a received text as the model reads it. */
  readText(text: string): string {
    return text;
  }
}

/** A channel on which messages of the log are delivered to the contact. */
export abstract class TextChannel extends ConversationChannel {
  /** The kind of identity by which the channel reaches contacts. */
  abstract readonly reaches: IdentityKind;
  /** Returns the commands that deliver this message, for the outbox. */
  abstract deliver(message: OutboundMessage): OutboxMessage[];
  /** Returns whether the person on a thread may be texted. `unknown` while the service that knows it is unavailable. */
  async consentOn(_threadId: ThreadId): Promise<'given' | 'opted-out' | 'unknown'> {
    return 'given';
  }
  /** Begins to show the person the draft of a reply, on a channel that can show drafts. */
  showDraft(_turn: {
    turnId: TurnId;
    conversationId: ConversationId;
    threadId: ThreadId;
  }): DraftListener | undefined {
    return undefined;
  }
  /**
   * Opens a thread to a person who has never written on this channel. Returns undefined for one of our own addresses.
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

  /**
   * Returns a channel that delivers messages of the log.
   * @throws Error for any other channel
   */
  texting(name: ChannelName): TextChannel {
    const channel = this.named(name);
    if (!(channel instanceof TextChannel)) throw new Error(`Channel "${name}" delivers no messages`);
    return channel;
  }

  /** Returns the channel that reaches a contact by this kind of identity. */
  reaching(kind: IdentityKind): TextChannel {
    const channel = this.all.find((each) => each instanceof TextChannel && each.reaches === kind);
    if (!channel) throw new Error(`No channel reaches a contact by ${kind}`);
    return channel as TextChannel;
  }
}
