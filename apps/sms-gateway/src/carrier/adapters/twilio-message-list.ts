import { Injectable } from '@nestjs/common';
import type { E164 } from '@parley/kernel';
import { RetryableError } from '@parley/resilience';
import { MAX_MEDIA, type TwilioClient, twilioFailureOf } from '@parley/twilio';
import { type ListedMessage, type Listing, MessageList } from '../message-list.js';
import { TwilioAccount } from './twilio-account.js';

const PAGE_SIZE = 200;
const MAX_PAGES = 50;
/** Twilio's client derives a region's host from this host. A region's media exist only on its own host. */
const API_HOST = 'api.twilio.com';
const DAY_MS = 24 * 3_600_000;

type Page = Awaited<ReturnType<TwilioClient['messages']['page']>>;
type Fields = Pick<
  Page['instances'][number],
  'sid' | 'direction' | 'from' | 'to' | 'body' | 'numMedia' | 'status' | 'errorCode' | 'dateCreated'
>;

const DIRECTIONS: Readonly<Record<string, ListedMessage['direction']>> = {
  inbound: 'inbound',
  'outbound-api': 'outbound',
};

@Injectable()
export class TwilioMessageList extends MessageList {
  constructor(private readonly account: TwilioAccount) {
    super();
  }

  /** Twilio filters by the GMT day on which a text was sent; a text that was not sent yet has no such day. */
  async listTo(number: E164, since: Date, { sentOnly = false } = {}): Promise<Listing> {
    const { messages } = this.account.client;
    const dayBefore = new Date(Math.floor(since.getTime() / DAY_MS) * DAY_MS - DAY_MS);
    const query = { to: number, pageSize: PAGE_SIZE, ...(sentOnly && { dateSentAfter: dayBefore }) };
    const found: ListedMessage[] = [];
    let page = await answered(messages.page(query));
    for (let pages = 1; ; pages++) {
      found.push(...page.instances.map(listedMessageOf));
      const oldest = found.at(-1);
      if (oldest && oldest.createdAt < since) return { messages: found, isComplete: true };
      if (page.nextPageUrl === undefined) return { messages: found, isComplete: true };
      if (pages === MAX_PAGES) return { messages: found, isComplete: false };
      page = (await answered(page.nextPage()!)) as Page;
    }
  }

  async find(providerSid: string): Promise<ListedMessage | undefined> {
    try {
      return listedMessageOf(await this.account.client.messages(providerSid).fetch());
    } catch (error) {
      const failure = twilioFailureOf(error);
      if (failure?.kind === 'rejected' && failure.status === 404) return undefined;
      throw explained(error);
    }
  }

  async mediaOf(providerSid: string): Promise<{ url: string; contentType: string }[]> {
    const { client } = this.account;
    const media = await answered(client.messages(providerSid).media.list({ limit: MAX_MEDIA }));
    const host = client.getHostname(API_HOST, client.edge, client.region);
    return media.map(({ uri, contentType }) => ({
      url: new URL(uri.replace(/\.json$/, ''), `https://${host}`).href,
      contentType,
    }));
  }
}

function listedMessageOf(message: Fields): ListedMessage {
  return {
    providerSid: message.sid,
    direction: DIRECTIONS[message.direction] ?? 'other',
    from: message.from,
    to: message.to,
    text: message.body ?? '',
    mediaCount: Number(message.numMedia),
    status: message.status,
    errorCode: message.errorCode ? String(message.errorCode) : undefined,
    createdAt: message.dateCreated,
  };
}

/** Awaits a read from Twilio. Any failure but a rejection is retryable, because reading changes nothing. */
async function answered<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    throw explained(error);
  }
}

function explained(error: unknown): unknown {
  const failure = twilioFailureOf(error);
  if (!failure) return error;
  const what =
    failure.kind === 'rejected'
      ? `HTTP ${failure.status}, error ${failure.code ?? 'without a code'}`
      : failure.reason;
  const message = `Reading texts from Twilio failed: ${what}`;
  if (failure.kind === 'rejected') return new Error(message, { cause: error });
  return new RetryableError(message, { cause: error });
}
