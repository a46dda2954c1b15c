import { Injectable, Logger } from '@nestjs/common';
import { Transactions } from '@parley/persistence';
import type { Consent, InboundIgnoreReason } from '@parley/sms-policy';
import { Lines } from '../lines/lines.js';
import type { InboundSms, ThreadSms } from './inbound-sms.js';
import { InboundStore } from './inbound-store.js';
import { ReadInbound } from './read-inbound.js';
import { AlreadyReceived, RecordSms } from './record-sms.js';
import { TakeKeyword } from './take-keyword.js';

/** What the log says of a text that is recorded and answered with 200, and that no conversation shows. */
const IGNORED: Readonly<Record<InboundIgnoreReason, string>> = {
  'unsupported-sender':
    'A text was ignored: its From or To is not a phone number with + and country code (in a form, write + as %2B)',
  empty: 'A text was ignored: its Body is missing or shows nothing, and it has no media',
  'own-number': 'A text was ignored: it came from one of our own numbers',
  'opted-out': 'A text was ignored: its sender opted out and has not sent START',
};

/** Rolls the transaction back: the sender opted out, so the text means something else than it was taken for. */
class OptedOut extends Error {}

/**
 * Asks the policy what an inbound text means, then does it, in one transaction with the events it causes. The same
 * text again changes nothing. Throws RetryableError while Postgres is away, also when it went away during COMMIT:
 * the unique MessageSid then decides on the next try.
 */
@Injectable()
export class ReceiveSms {
  readonly #logger = new Logger(ReceiveSms.name);

  constructor(
    private readonly transactions: Transactions,
    private readonly lines: Lines,
    private readonly reading: ReadInbound,
    private readonly inbound: InboundStore,
    private readonly recordSms: RecordSms,
    private readonly takeKeyword: TakeKeyword,
  ) {}

  /** Hardly anybody has opted out: consent is read with the write, and only if it was withdrawn is all done anew. */
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
    const decision = this.reading.decide(sms, consent);
    if (decision.kind === 'ignore') return this.#ignore(sms, decision.reason);
    const line = await this.lines.of(decision.to);
    const threadSms = { ...sms, person: decision.from, line, decision: decision.kind };
    if (decision.kind === 'forward') await this.#forward(threadSms);
    else await this.takeKeyword.execute(threadSms, decision);
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
