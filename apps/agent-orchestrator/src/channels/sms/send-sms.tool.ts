import { Injectable, Logger } from '@nestjs/common';
import { CheckConsent, OpenTextThread } from '@parley/contracts';
import { storableText } from '@parley/dialogue';
import { idFollowing, type RequestId, type ThreadId } from '@parley/kernel';
import { RpcClient } from '@parley/messaging';
import { Outbox, type Transaction } from '@parley/persistence';
import { z } from 'zod';
import { ConversationLog } from '../../conversations/conversation-log.js';
import { textMessages } from '../../conversations/text-messages.js';
import { REPLY_VALID_FOR_MS } from '../../replies/reply-policy.js';
import { Tool, type ToolOutcome, type ToolScene } from '../../replies/tool.js';
import type { ToolName } from '../../agents/tool-names.js';

/** What one text message of the vendor's takes, in UTF-16 code units. */
const MAX_TEXT_CHARS = 1_600;
/** The gateway answers from its own tables. */
const ASK_TIMEOUT_MS = 2_500;

const Input = z.strictObject({
  text: z
    .string()
    .overwrite(storableText)
    .trim()
    .min(1, 'the text must not be empty')
    .max(MAX_TEXT_CHARS, `the text must not be longer than ${MAX_TEXT_CHARS} characters`)
    .describe('What the text message says, in plain text.'),
});

/**
 * Texts the person of the conversation, whatever the channel: "text me that" in a call. The text is a message of the
 * agent in the log and goes out like any other.
 */
@Injectable()
export class SendSmsTool extends Tool<z.output<typeof Input>> {
  readonly #logger = new Logger(SendSmsTool.name);
  override readonly name: ToolName = 'send_sms';
  override readonly description = [
    'Sends an SMS text message to the person you are talking with, and to nobody else.',
    'In a phone call, use it when they ask you to text them something, and tell them what came of it.',
    'What you answer reaches them anyway: where you are texting already, use it only when they ask for a further text.',
  ].join(' ');
  override readonly input = Input;

  constructor(
    private readonly log: ConversationLog,
    private readonly rpc: RpcClient,
    private readonly outbox: Outbox,
  ) {
    super();
  }

  override async run(
    { text }: z.output<typeof Input>,
    scene: ToolScene,
    effectId: RequestId,
  ): Promise<ToolOutcome> {
    const who = scene.channel === 'voice' ? 'the caller' : 'this person';
    if (!scene.isContact) {
      return refused(`it is not certain that the number that shows is really ${who}'s, so it is not texted`);
    }
    const thread = await this.#reached(scene);
    if (thread === 'no-number') return refused(`no phone number of ${who} is known`);
    if (thread === 'opted-out')
      return refused(`${who} has opted out of text messages and can text START to get them again`);
    if (thread === 'unanswered') return refused('text messages cannot be sent right now');
    return {
      result: `Successfully sent SMS to ${who}.`,
      effect: (tx) => this.#append(tx, scene, thread.threadId, effectId, text),
    };
  }

  /** The thread they are texted on, if they may be texted. The gateway asks itself again when it sends. */
  async #reached(
    scene: ToolScene,
  ): Promise<{ threadId: ThreadId } | 'no-number' | 'opted-out' | 'unanswered'> {
    try {
      const threadId = scene.threadId ?? (await this.#threadOf(scene));
      if (!threadId) return 'no-number';
      const answer = await this.rpc.request(CheckConsent, { threadId }, { timeoutMs: ASK_TIMEOUT_MS });
      if (answer?.consent === 'opted-out') return 'opted-out';
      return answer?.consent === 'given' ? { threadId } : 'unanswered';
    } catch (error) {
      this.#logger.warn({ turnId: scene.turnId, err: error }, 'the gateway did not say whether to text');
      return 'unanswered';
    }
  }

  /** Where this conversation is texted; for somebody who only ever called, the agent's own number, or the configured line. */
  async #threadOf({ conversationId, contactId }: ToolScene): Promise<ThreadId | undefined> {
    const known = await this.log.newestThreadOf(conversationId);
    if (known?.threadId) return known.threadId;
    const [to, from] = await Promise.all([
      this.log.phoneOf(contactId),
      this.log.agentNumberOf(conversationId),
    ]);
    if (!to) return undefined;
    const asked = { to, ...(from && { from }) };
    const opened = await this.rpc.request(OpenTextThread, asked, { timeoutMs: ASK_TIMEOUT_MS });
    return opened?.threadId;
  }

  async #append(
    tx: Transaction,
    { conversationId, laneId, contactId, turnId }: ToolScene,
    threadId: ThreadId,
    effectId: RequestId,
    text: string,
  ): Promise<void> {
    const messageId = idFollowing('msg', effectId);
    const message = { messageId, threadId, author: 'agent' as const, text, turnId };
    await this.log.keepThread(tx, threadId, contactId, conversationId);
    const appended = await this.log.appendOutside(tx, { conversationId, laneId }, message);
    if (!appended) return;
    const validUntil = new Date(Date.now() + REPLY_VALID_FOR_MS).toISOString();
    await this.outbox.add(tx, ...textMessages({ ...message, conversationId, validUntil }, appended));
  }
}

function refused(why: string): ToolOutcome {
  return { result: `No SMS was sent: ${why}.` };
}
