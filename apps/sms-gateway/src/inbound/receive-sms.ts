import { Injectable, Logger } from '@nestjs/common';
import { Transactions } from '@parley/persistence';
import type { Consent, InboundIgnoreReason } from '@parley/sms-policy';
import { Lines } from '../lines/lines.js';
import type { InboundSms, ThreadSms } from './inbound-sms.js';
import { InboundStore } from './inbound-store.js';
import { InterpretSms } from './interpret-sms.js';
import { HandleKeyword } from './keywords/handle-keyword.js';
import { AlreadyReceived, RecordSms } from './record-sms.js';

/** The log line of a text that is recorded and answered with 200, but that no conversation shows. */
const IGNORED: Readonly<Record<InboundIgnoreReason, string>> = {
  'unsupported-sender':
    'A text was ignored: its From or To is not a phone number with + and country code (in a form, write + as %2B)',
  empty: 'A text was ignored: its Body is missing or shows nothing, and it has no media',
  'own-number': 'A text was ignored: it came from one of our own numbers',
  'opted-out': 'A text was ignored: its sender opted out and has not sent START',
};

/** Rolls the transaction back: the sender opted out, so the text has another meaning than assumed. */
class OptedOut extends Error {}

/**
 * Asks the policy what an inbound text means, and does that in one transaction with the facts that it publishes. A repeat
 * of the same text changes nothing.
 * @throws RetryableError while Postgres is unavailable, also if it fails during COMMIT; the unique MessageSid then decides
 * on the next try
 */
@Injectable()
export class ReceiveSms {
  readonly #logger = new Logger(ReceiveSms.name);

  constructor(
    private readonly transactions: Transactions,
    private readonly lines: Lines,
    private readonly interpretSms: InterpretSms,
    private readonly inbound: InboundStore,
    private readonly recordSms: RecordSms,
    private readonly handleKeyword: HandleKeyword,
  ) {}

  /** Few people opt out: the consent is read with the write, and only an opt-out makes a second transaction necessary. */
  async execute(sms: InboundSms): Promise<void> {
    try {
      await this.#receive(sms, 'given').catch((error: unknown) => {
        if (error instanceof OptedOut) return this.#receive(sms, 'opted-out');
        throw error;
      });
    } catch (error) {
      if (!(error instanceof AlreadyReceived)) throw error;
    }
  }

  async #receive(sms: InboundSms, consent: Consent): Promise<void> {
    const decision = this.interpretSms.decide(sms, consent);
    if (decision.kind === 'ignore') return this.#ignore(sms, decision.reason);
    const line = await this.lines.of(decision.to);
    const threadSms = { ...sms, person: decision.from, line, decision: decision.kind };
    if (decision.kind === 'forward') await this.#forward(threadSms);
    else await this.handleKeyword.execute(threadSms, decision);
  }

  async #ignore(sms: InboundSms, reason: InboundIgnoreReason): Promise<void> {
    const isNew = await this.transactions.run((tx) => this.inbound.recordIgnored(tx, { ...sms, reason }));
    if (isNew) this.#logger.warn({ messageSid: sms.messageSid, reason }, IGNORED[reason]);
  }

  async #forward(sms: ThreadSms): Promise<void> {
    await this.transactions.run(async (tx) => {
      const { consent } = await this.recordSms.execute(tx, sms);
      if (consent === 'opted-out') throw new OptedOut();
    });
  }
}
