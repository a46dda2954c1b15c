import { Injectable } from '@nestjs/common';
import { ChatProgress } from '@parley/contracts';
import type { PromptChannel } from '@parley/dialogue';
import type { ConversationId, ThreadId, TurnId } from '@parley/kernel';
import { LiveClient } from '@parley/messaging';
import type { OutboxMessage } from '@parley/persistence';
import { TextChannel } from '../channel.js';
import { WebDraft } from './web-draft.js';

export const WEB_QUIET_MS = 300;

export const webPrompt: PromptChannel = {
  name: 'web',
  label: 'web chat',
  mark: 'in web chat',
  person: 'this person',
  facts: [
    'You are answering in a web chat.',
    'Write plain text without Markdown, in a few short sentences unless the person asks for more.',
  ],
};

/** The web chat. The gateway shows a person the conversation's log, so nothing is sent to deliver a message. */
@Injectable()
export class WebChannel extends TextChannel {
  override readonly name = 'web' as const;
  override readonly reaches = 'web-user' as const;
  override readonly quietMs = WEB_QUIET_MS;
  override readonly prompt = webPrompt;

  constructor(private readonly live: LiveClient) {
    super();
  }

  override deliver(): OutboxMessage[] {
    return [];
  }

  override showDraft(turn: { turnId: TurnId; conversationId: ConversationId; threadId: ThreadId }): WebDraft {
    return new WebDraft(turn, (progress) => this.live.send(ChatProgress, progress));
  }

  /** Opens nothing, because only the person can begin a web chat. */
  override async openThread(): Promise<undefined> {
    return undefined;
  }
}
