import { Injectable, Logger } from '@nestjs/common';
import { CheckConsent, OpenTextThread, SendSms } from '@parley/contracts';
import type { PromptChannel } from '@parley/dialogue';
import type { E164, ThreadId } from '@parley/kernel';
import { mayRpcSucceedLater, RpcClient } from '@parley/messaging';
import type { OutboxMessage } from '@parley/persistence';
import { RetryableError } from '@parley/resilience';
import { reactionFact, readReaction } from '@parley/sms-policy';
import { type OutboundMessage, TextChannel } from '../channel.js';

/** The time-out of a request to the gateway, which answers from its own tables. */
export const GATEWAY_TIMEOUT_MS = 2_500;
export const SMS_QUIET_MS = 1_500;

export const smsPrompt: PromptChannel = {
  name: 'sms',
  label: 'SMS text message',
  mark: 'by SMS',
  person: 'this person',
  facts: [
    'You are answering by SMS text message.',
    'Write plain text without Markdown, as short as the matter allows.',
  ],
  noReply: 'OK',
};

/** The SMS channel: the sms-gateway sends and receives its texts. */
@Injectable()
export class SmsChannel extends TextChannel {
  readonly #logger = new Logger(SmsChannel.name);
  override readonly name = 'sms' as const;
  override readonly reaches = 'phone' as const;
  override readonly quietMs = SMS_QUIET_MS;
  override readonly prompt = smsPrompt;

  constructor(private readonly rpc: RpcClient) {
    super();
  }

  /**
   * Describes a reaction, such as a heart: it arrives as a text that quotes ours, which the model would take for a
   * question.
   */
  override readText(text: string): string {
    const reaction = readReaction(text);
    return reaction ? reactionFact(reaction) : text;
  }

  /**
   * Returns the command to send the text. The gateway strips Markdown from the model's texts, but not from an
   * operator's.
   */
  override deliver({
    threadId,
    messageId,
    follows,
    author,
    text,
    validUntil,
  }: OutboundMessage): OutboxMessage[] {
    const format = author === 'human' ? { format: 'plain' as const } : {};
    const data = { threadId, messageId, ...(follows && { follows }), text, validUntil, ...format };
    return [{ contract: SendSms, data }];
  }

  override async consentOn(threadId: ThreadId): Promise<'given' | 'opted-out' | 'unknown'> {
    try {
      const answer = await this.rpc.request(CheckConsent, { threadId }, { timeoutMs: GATEWAY_TIMEOUT_MS });
      return answer?.consent ?? 'unknown';
    } catch (error) {
      this.#logger.warn(
        { threadId, err: error },
        'The gateway did not answer whether a person may be texted',
      );
      return 'unknown';
    }
  }

  override async openThread(addresses: { to: E164; from?: E164 }): Promise<ThreadId | undefined> {
    try {
      const opened = await this.rpc.request(OpenTextThread, addresses, { timeoutMs: GATEWAY_TIMEOUT_MS });
      return opened?.threadId;
    } catch (error) {
      throw mayRpcSucceedLater(error)
        ? new RetryableError('The gateway is unavailable and opened no thread', { cause: error })
        : error;
    }
  }
}
