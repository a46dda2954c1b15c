import { Injectable } from '@nestjs/common';
import type { E164 } from '@parley/kernel';
import { type Transaction, Transactions } from '@parley/persistence';
import type { Consent, InboundDecision, KeywordDecision } from '@parley/sms-policy';
import { CARRIER_CLOCK_SKEW_MS } from '../../carrier/message-list.js';
import { ChangeConsent } from '../../consent/change-consent.js';
import { ConsentStore } from '../../consent/consent-store.js';
import type { ThreadSms } from '../text/inbound-sms.js';
import { InterpretSms } from '../text/interpret-sms.js';
import { RecordSms } from '../text/record-sms.js';
import { AnswerKeyword } from './answer-keyword.js';
import { KeyedBatches } from './keyed-batches.js';

interface KeywordText {
  readonly sms: ThreadSms;
  readonly firstDecision: KeywordDecision;
}

/** The most keywords of one person in one transaction. */
const MAX_AT_ONCE = 64;
const CHANGES = { 'opt-out': 'opted-out', 'opt-in': 'opted-in', answer: undefined } as const;

/**
 * Handles a STOP, START or HELP: stores the sender's consent, publishes it and queues our answer, in one transaction that
 * locks the sender first. After the commit of an opt-out, no claim sends this person a text.
 */
@Injectable()
export class HandleKeyword {
  /**
   * One batch for each person: otherwise many keywords of one person, waiting for that lock, would take all connections.
   */
  readonly #batches = new KeyedBatches<E164, KeywordText, void>({
    maxItems: MAX_AT_ONCE,
    work: (keywords) => this.#handleAll(keywords),
  });

  constructor(
    private readonly transactions: Transactions,
    private readonly consents: ConsentStore,
    private readonly interpretSms: InterpretSms,
    private readonly recordSms: RecordSms,
    private readonly changeConsent: ChangeConsent,
    private readonly answerKeyword: AnswerKeyword,
  ) {}

  /** @throws AlreadyReceived if the text is recorded already */
  execute(sms: ThreadSms, firstDecision: KeywordDecision): Promise<void> {
    return this.#batches.add(sms.person, { sms, firstDecision });
  }

  async #handleAll(keywords: readonly KeywordText[]): Promise<void[]> {
    await this.transactions.run(async (tx) => {
      for (const { sms, firstDecision } of keywords) await this.#handle(tx, sms, firstDecision);
    });
    return keywords.map(() => undefined);
  }

  async #handle(tx: Transaction, sms: ThreadSms, firstDecision: KeywordDecision): Promise<void> {
    const decision = this.#decide(sms, firstDecision, await this.consents.lock(tx, sms.person));
    const { threadId, loopReason } = await this.recordSms.execute(tx, sms, decision.answeredBy);
    const change = CHANGES[decision.kind];
    if (change) {
      // A webhook's change happens now, in the order of the sender's lock, since our hosts' clocks differ.
      const late = sms.isListed ? { at: sms.receivedAt, uncertainMs: CARRIER_CLOCK_SKEW_MS } : undefined;
      await this.changeConsent.execute(tx, threadId, change, late);
    }
    // A machine may send HELP after each answer, so a keyword that is repeated too often gets no answer.
    if (loopReason !== 'repeated-text') await this.answerKeyword.execute(tx, threadId, sms, decision);
  }

  /** Decides again with the locked consent: the answer may change, but a keyword stays a keyword. */
  #decide(sms: ThreadSms, firstDecision: KeywordDecision, consent: Consent): KeywordDecision {
    const decision = this.interpretSms.decide(sms, consent);
    return isKeyword(decision) ? decision : firstDecision;
  }
}

function isKeyword(decision: InboundDecision): decision is KeywordDecision {
  return decision.kind !== 'forward' && decision.kind !== 'ignore';
}
