import { Injectable, Logger } from '@nestjs/common';
import { type ListedMessage, MessageList } from '../carrier/message-list.js';
import type { InboundSms } from './inbound-sms.js';
import { InboundStore } from './inbound-store.js';
import { PassOverFailed } from './pass-over-failed.js';
import type { PolledLine } from './poll-store.js';
import { ReceiveSms } from './receive-sms.js';

/** Twilio's own loop protection: the text is listed as failed, and no webhook is posted. */
const LOOP_ERROR = '30039';
/** Where the vendor forgets numbers, their last digits become this. */
const REDACTED = /X{4}$/;

/**
 * Takes in the texts of a line that the vendor lists and we do not have, because their webhook never came: oldest first,
 * and each as its webhook would have been, which may still come.
 */
@Injectable()
export class FindMissedSms {
  readonly #logger = new Logger(FindMissedSms.name);

  constructor(
    private readonly list: MessageList,
    private readonly inbound: InboundStore,
    private readonly receiveSms: ReceiveSms,
    private readonly passOver: PassOverFailed,
  ) {}

  async execute({ id: lineId, number, since }: PolledLine): Promise<void> {
    const { messages, isComplete } = await this.list.to(number, since, { sentOnly: true });
    if (!isComplete) this.#logger.error({ lineId }, 'too many texts to look for all that were missed');
    const received = messages.filter((message) => isReceived(message) && message.createdAt >= since);
    const known = await this.inbound.known(received.map(({ providerSid }) => providerSid));
    for (const message of received.toReversed()) {
      if (known.has(message.providerSid)) continue;
      await (message.errorCode === LOOP_ERROR
        ? this.passOver.execute(inboundSmsOf(message, []))
        : this.#takeIn(message));
    }
  }

  async #takeIn(message: ListedMessage): Promise<void> {
    const { providerSid: messageSid } = message;
    if (isRedacted(message)) {
      this.#logger.warn({ messageSid }, 'a text was missed, and Twilio has forgotten what it said');
      return;
    }
    const media = message.mediaCount > 0 ? await this.list.mediaOf(messageSid) : [];
    await this.receiveSms.execute(inboundSmsOf(message, media));
    this.#logger.log({ messageSid }, 'a text whose webhook never came was found');
  }
}

function isReceived({ direction, status }: ListedMessage): boolean {
  return direction === 'inbound' && status !== 'receiving';
}

/** Recorded as it is, it would be ignored, and so would its webhook. */
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
