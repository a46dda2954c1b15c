import { Injectable, Logger } from '@nestjs/common';
import { type ListedMessage, MessageList } from '../../carrier/message-list.js';
import type { InboundSms } from '../text/inbound-sms.js';
import { InboundStore } from '../text/inbound-store.js';
import { ReceiveSms } from '../receive-sms.js';
import type { ClaimedLine } from './missed-sms-searches.js';
import { RecordCarrierLoop } from './record-carrier-loop.js';

/** The error of a text that Twilio's loop protection stopped: Twilio lists it as failed and posts no webhook. */
const LOOP_ERROR = '30039';
/** A redacted number: Twilio replaces its last four digits. */
const REDACTED = /X{4}$/;

/**
 * Searches the vendor's list for a line's texts whose webhook was lost, and receives them, oldest first, like webhooks. The
 * webhook of such a text may still follow.
 */
@Injectable()
export class FindMissedSms {
  readonly #logger = new Logger(FindMissedSms.name);

  constructor(
    private readonly list: MessageList,
    private readonly inbound: InboundStore,
    private readonly receiveSms: ReceiveSms,
    private readonly recordCarrierLoop: RecordCarrierLoop,
  ) {}

  async execute({ id: lineId, number, since }: ClaimedLine): Promise<void> {
    const { messages, isComplete } = await this.list.listTo(number, since, { sentOnly: true });
    if (!isComplete)
      this.#logger.error(
        { lineId },
        'Twilio lists too many texts to find all missed texts: only the newest were searched',
      );
    const received = messages.filter((message) => isReceived(message) && message.createdAt >= since);
    const recorded = await this.inbound.findRecorded(received.map(({ providerSid }) => providerSid));
    for (const message of received.toReversed()) {
      if (recorded.has(message.providerSid)) continue;
      await (message.errorCode === LOOP_ERROR
        ? this.recordCarrierLoop.execute(inboundSmsOf(message, []))
        : this.#receiveMissed(message));
    }
  }

  async #receiveMissed(message: ListedMessage): Promise<void> {
    const { providerSid: messageSid } = message;
    if (isRedacted(message)) {
      this.#logger.warn(
        { messageSid },
        'A text whose webhook was lost cannot be received: Twilio has redacted it',
      );
      return;
    }
    const media = message.mediaCount > 0 ? await this.list.mediaOf(messageSid) : [];
    await this.receiveSms.execute(inboundSmsOf(message, media));
    this.#logger.log({ messageSid }, 'A text whose webhook was lost was received from the list at Twilio');
  }
}

function isReceived({ direction, status }: ListedMessage): boolean {
  return direction === 'inbound' && status !== 'receiving';
}

/** Whether Twilio redacted the text. If it were recorded from the list, its webhook would count as a repeat. */
function isRedacted({ from, text, mediaCount }: ListedMessage): boolean {
  return REDACTED.test(from) || (text === '' && mediaCount === 0);
}

function inboundSmsOf(message: ListedMessage, media: InboundSms['media']): InboundSms {
  const { providerSid: messageSid, from, to, text, createdAt: receivedAt } = message;
  const listed = { MessageSid: messageSid, From: from, To: to, Body: text, NumMedia: String(media.length) };
  return {
    messageSid,
    from,
    to,
    text,
    media,
    params: listed,
    optOutType: undefined,
    isListed: true,
    receivedAt,
  };
}
