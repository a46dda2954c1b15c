import type { ScriptedFaults } from '../control/scripted-faults.js';
import type { TwilioAccount } from './account.js';
import { newSid } from './ids.js';
import { API_VERSION, type Message } from './message.js';
import type { MessageStore } from './message-store.js';
import type { OptOuts } from './opt-outs.js';
import type { WebhookResult, WebhookClient } from './webhook-client.js';

export interface NewInboundMessage {
  readonly from: string;
  readonly to: string;
  readonly body: string;
  /** The SID of a stored message posts its webhook again instead of storing a new message. */
  readonly messageSid?: string | undefined;
  /** Added to Twilio's parameters; replaces those of the same name. */
  readonly params: Record<string, string>;
  readonly signed: boolean;
  /** ISO 8601; default: now. */
  readonly sentAt?: string | undefined;
  readonly url: string;
  readonly fallbackUrl?: string | undefined;
}

export interface InboundResult extends WebhookResult {
  readonly messageSid: string;
  readonly withheld: boolean;
}

/** https://www.twilio.com/docs/api/errors/30039 */
const LOOP_PROTECTION = 30_039;

const country = (number: string): string => (number.startsWith('+1') ? 'US' : '');

function webhookParams(message: Message, accountSid: string): Record<string, string> {
  return {
    AccountSid: accountSid,
    ApiVersion: API_VERSION,
    Body: message.body,
    From: message.from,
    FromCity: '',
    FromCountry: country(message.from),
    FromState: '',
    FromZip: '',
    MessageSid: message.sid,
    NumMedia: String(message.numMedia),
    NumSegments: String(message.numSegments),
    SmsMessageSid: message.sid,
    SmsSid: message.sid,
    SmsStatus: 'received',
    To: message.to,
    ToCity: '',
    ToCountry: country(message.to),
    ToState: '',
    ToZip: '',
  };
}

/** Receives texts from people to the account's numbers. */
export class InboundMessages {
  constructor(
    private readonly account: TwilioAccount,
    private readonly store: MessageStore,
    private readonly optOuts: OptOuts,
    private readonly faults: ScriptedFaults,
    private readonly webhooks: WebhookClient,
  ) {}

  /** Stores the text, applies Twilio's own keyword handling, posts the webhook and returns its answer. */
  async receive(text: NewInboundMessage): Promise<InboundResult> {
    const known = text.messageSid === undefined ? undefined : this.store.find(text.messageSid);
    const message = known ?? this.accept(text);
    const withheld = this.faults.takeForInbound(text.from);
    if (withheld === 'loop-protection') this.store.advance(message, 'failed', LOOP_PROTECTION);
    if (withheld) {
      return { messageSid: message.sid, withheld: true, status: null, body: null, attempts: [] };
    }
    const delivery = await this.webhooks.post({
      kind: 'webhook.inbound',
      url: text.url,
      ...(text.fallbackUrl === undefined ? {} : { fallbackUrl: text.fallbackUrl }),
      messageSid: message.sid,
      params: { ...webhookParams(message, this.account.sid), ...message.params, ...text.params },
      idempotencyToken: message.idempotencyToken,
      signed: text.signed,
    });
    return { messageSid: message.sid, withheld: false, ...delivery };
  }

  private accept(text: NewInboundMessage): Message {
    const { reply, optOutType } = this.optOuts.handle(text.to, text.from, text.body);
    const message = this.store.add({
      sid: text.messageSid ?? newSid(Number(text.params['NumMedia'] ?? 0) > 0 ? 'MM' : 'SM'),
      direction: 'inbound',
      from: text.from,
      to: text.to,
      body: text.body,
      numMedia: Number(text.params['NumMedia'] ?? 0),
      params: { ...text.params, ...(optOutType === null ? {} : { OptOutType: optOutType }) },
      status: 'received',
      ...(text.sentAt !== undefined && { createdAt: Date.parse(text.sentAt) }),
    });
    if (reply !== null) {
      this.store.add({
        sid: newSid('SM'),
        direction: 'outbound-reply',
        from: text.to,
        to: text.from,
        body: reply,
        params: {},
        status: 'delivered',
      });
    }
    return message;
  }
}
