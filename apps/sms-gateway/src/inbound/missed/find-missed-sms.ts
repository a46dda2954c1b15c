import { Injectable, Logger } from '@nestjs/common';
import { type ListedMessage, MessageList } from '../../carrier/message-list.js';
import type { InboundSms } from '../inbound-sms.js';
import { InboundStore } from '../inbound-store.js';
import { ReceiveSms } from '../receive-sms.js';
import type { PolledLine } from './poll-store.js';
import { RecordCarrierLoop } from './record-carrier-loop.js';

/** Twilio's own loop protection: the text is listed as failed, and no webhook is posted. */
const LOOP_ERROR = '30039';
/** The vendor's redaction replaces the last digits of a number. */
const REDACTED = /X{4}$/;

/**
 * Receives the texts of a line that the vendor lists but whose webhook was lost, oldest first. It handles each text like
 * its webhook, which may still follow.
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

  async execute({ id: lineId, number, since }: PolledLine): Promise<void> {
    const { messages, isComplete } = await this.list.to(number, since, { sentOnly: true });
    if (!isComplete)
      this.#logger.error(
        { lineId },
        'The list of texts is too long to find all missed ones: only the newest were checked',
      );
    const received = messages.filter((message) => isReceived(message) && message.createdAt >= since);
    const known = await this.inbound.known(received.map(({ providerSid }) => providerSid));
    for (const message of received.toReversed()) {
      if (known.has(message.providerSid)) continue;
      await (message.errorCode === LOOP_ERROR
        ? this.recordCarrierLoop.execute(inboundSmsOf(message, []))
        : this.#takeIn(message));
    }
  }

  async #takeIn(message: ListedMessage): Promise<void> {
    const { providerSid: messageSid } = message;
    if (isRedacted(message)) {
      this.#logger.warn({ messageSid }, 'A text was missed, and Twilio has redacted it: it is not received');
      return;
    }
    const media = message.mediaCount > 0 ? await this.list.mediaOf(messageSid) : [];
    await this.receiveSms.execute(inboundSmsOf(message, media));
    this.#logger.log({ messageSid }, 'A text whose webhook was lost was received from the list');
  }
}

function isReceived({ direction, status }: ListedMessage): boolean {
  return direction === 'inbound' && status !== 'receiving';
}

/** A redacted text would be recorded as ignored, and its webhook would then count as a repeat. */
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
