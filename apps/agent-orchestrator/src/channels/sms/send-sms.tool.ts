import { Injectable, Logger } from '@nestjs/common';
import { CheckConsent } from '@parley/contracts';
import { storableText } from '@parley/dialogue';
import { deriveId, type RequestId, type ThreadId } from '@parley/kernel';
import { RpcClient } from '@parley/messaging';
import { Outbox, type Transaction } from '@parley/persistence';
import { z } from 'zod';
import { ConversationLog } from '../../conversations/conversation-log.js';
import { deliveryAndEventOf } from '../../conversations/queued-message.js';
import { REPLY_VALID_FOR_MS } from '../../replies/reply-policy.js';
import { FindTextAddress } from './find-text-address.js';
import { GATEWAY_TIMEOUT_MS, SmsChannel } from './sms-channel.js';
import { Tool, type ToolOutcome, type ToolScene } from '../../replies/tool.js';
import type { ToolName } from '../../agents/tool-names.js';

/** The longest text that the vendor accepts in one message, in UTF-16 code units. */
const MAX_TEXT_CHARS = 1_600;

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
 * Sends an SMS to the person of the conversation, such as after "text me that" in a call. The text becomes a
 * message of the agent in the log.
 */
@Injectable()
export class SendSmsTool extends Tool<z.output<typeof Input>> {
  readonly #logger = new Logger(SendSmsTool.name);
  override readonly name: ToolName = 'send_sms';
  override readonly description = [
    'Sends an SMS text message to the person you are talking with, and to nobody else.',
    'In a phone call, use it when they ask you to text them something, and say whether it was sent.',
    'What you answer reaches them anyway: where you are texting already, use it only when they ask for a further text.',
  ].join(' ');
  override readonly input = Input;

  constructor(
    private readonly log: ConversationLog,
    private readonly findTextAddress: FindTextAddress,
    private readonly channel: SmsChannel,
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
    const { person } = scene.channel;
    if (!scene.isContact) {
      return refused(
        `it is not certain that the number that shows is really ${person}'s, so it is not texted`,
      );
    }
    const thread = await this.#reached(scene);
    if (thread === 'no-number') return refused(`no phone number of ${person} is known`);
    if (thread === 'opted-out')
      return refused(`${person} has opted out of text messages and can text START to get them again`);
    if (thread === 'unanswered') return refused('text messages cannot be sent right now');
    return {
      result: `Successfully sent SMS to ${person}.`,
      effect: (tx) => this.#append(tx, scene, thread.threadId, effectId, text),
    };
  }

  /** Finds the thread on which the person may be texted. The gateway checks consent again when it sends the text. */
  async #reached(
    scene: ToolScene,
  ): Promise<{ threadId: ThreadId } | 'no-number' | 'opted-out' | 'unanswered'> {
    try {
      const threadId = await this.#threadOf(scene);
      if (!threadId) return 'no-number';
      const answer = await this.rpc.request(CheckConsent, { threadId }, { timeoutMs: GATEWAY_TIMEOUT_MS });
      if (answer?.consent === 'opted-out') return 'opted-out';
      return answer?.consent === 'given' ? { threadId } : 'unanswered';
    } catch (error) {
      this.#logger.warn(
        { turnId: scene.turnId, err: error },
        'The gateway did not answer, so send_sms sent no text and said so to the model',
      );
      return 'unanswered';
    }
  }

  async #threadOf({ channel, threadId, conversationId }: ToolScene): Promise<ThreadId | undefined> {
    if (threadId && channel.name === this.channel.name) return threadId;
    const address = await this.findTextAddress.execute(conversationId);
    if (address?.threadId || !address?.to) return address?.threadId;
    const { to, from } = address;
    return this.channel.openThread({ to, ...(from && { from }) });
  }

  async #append(
    tx: Transaction,
    { conversationId, laneId, contactId, turnId }: ToolScene,
    threadId: ThreadId,
    effectId: RequestId,
    text: string,
  ): Promise<void> {
    const thread = { threadId, channel: this.channel.name, kind: this.channel.reaches };
    const messageId = deriveId('msg', effectId);
    const message = { messageId, threadId, author: 'agent' as const, text, turnId };
    await this.log.addThread(tx, thread, contactId, conversationId);
    const appended = await this.log.appendOutbound(
      tx,
      { conversationId, laneId },
      { ...message, channel: this.channel.name },
    );
    if (!appended) return;
    const validUntil = new Date(Date.now() + REPLY_VALID_FOR_MS).toISOString();
    await this.outbox.add(
      tx,
      ...deliveryAndEventOf(this.channel, { ...message, conversationId, validUntil }, appended),
    );
  }
}

function refused(why: string): ToolOutcome {
  return { result: `No SMS was sent: ${why}.` };
}
