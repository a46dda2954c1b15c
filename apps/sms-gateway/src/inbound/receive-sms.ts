import { Injectable, Logger } from '@nestjs/common';
import { RollBack, Transactions } from '@parley/persistence';
import type { Consent, InboundIgnoreReason } from '@parley/sms-policy';
import { Lines } from '../lines/lines.js';
import type { InboundSms, ThreadSms } from './text/inbound-sms.js';
import { InboundStore } from './text/inbound-store.js';
import { InterpretSms } from './text/interpret-sms.js';
import { HandleKeyword } from './keywords/handle-keyword.js';
import { RecordSms } from './text/record-sms.js';

/** The log message for a text that is acknowledged and recorded, but added to no conversation. */
const IGNORED: Readonly<Record<InboundIgnoreReason, string>> = {
  'unsupported-sender':
    'A text was ignored: its From or To is not a phone number with + and country code (in a form, write + as %2B)',
  empty: 'A text was ignored: it has no media, and its Body is missing or blank',
  'own-number': 'A text was ignored: it came from one of our own numbers',
  'opted-out': 'A text was ignored: its sender opted out and has not sent START',
};

/** `opted-out`: nothing was stored, because consent was assumed and the sender has opted out. */
type Received = 'handled' | 'opted-out';

/**
 * Asks the policy how to handle an inbound text, and does that in one transaction with the facts to publish. A repeat of the
 * same text changes nothing.
 * @throws RetryableError while Postgres is unavailable, even during COMMIT; the unique MessageSid makes a retry safe
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

  /** Decides as if the sender had consented. If the write finds an opt-out, a second transaction decides again. */
  async execute(sms: InboundSms): Promise<void> {
    if ((await this.#receive(sms, 'given')) !== 'opted-out') return;
    await this.#receive(sms, 'opted-out');
  }

  async #receive(sms: InboundSms, consent: Consent): Promise<Received> {
    const decision = this.interpretSms.decide(sms, consent);
    if (decision.kind === 'ignore') {
      await this.#ignore(sms, decision.reason);
      return 'handled';
    }
    const line = await this.lines.ensure(decision.to);
    const threadSms = { ...sms, person: decision.from, line, decision: decision.kind };
    if (decision.kind === 'forward') return this.#forward(threadSms);
    await this.handleKeyword.execute(threadSms, decision);
    return 'handled';
  }

  async #ignore(sms: InboundSms, reason: InboundIgnoreReason): Promise<void> {
    const isNew = await this.transactions.run((tx) => this.inbound.recordIgnored(tx, { ...sms, reason }));
    if (isNew) this.#logger.warn({ messageSid: sms.messageSid, reason }, IGNORED[reason]);
  }

  /** Stores nothing if the text is recorded already, or if its sender has opted out. */
  #forward(sms: ThreadSms): Promise<Received> {
    return this.transactions.run<Received>(async (tx) => {
      const recorded = await this.recordSms.execute(tx, sms);
      if (!recorded) throw new RollBack('handled');
      if (recorded.consent === 'opted-out') throw new RollBack('opted-out');
      return 'handled';
    });
  }
}
