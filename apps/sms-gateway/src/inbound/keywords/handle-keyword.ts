import { Injectable } from '@nestjs/common';
import type { E164 } from '@parley/kernel';
import { RollBack, type Transaction, Transactions } from '@parley/persistence';
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
   * Handles one person's keywords in batches: as separate transactions, all waiting for that lock, they could take every
   * connection.
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

  /** Does nothing if the text is recorded already. */
  execute(sms: ThreadSms, firstDecision: KeywordDecision): Promise<void> {
    return this.#batches.add(sms.person, { sms, firstDecision });
  }

  async #handleAll(keywords: readonly KeywordText[]): Promise<void[]> {
    for (let left = keywords; left.length > 0;) {
      const repeats = await this.#handleUnlessRepeated(left);
      if (repeats.size === 0) break;
      left = left.filter((keyword) => !repeats.has(keyword));
    }
    return keywords.map(() => undefined);
  }

  /** Returns the keywords that are recorded already. If there are any, nothing is stored. */
  #handleUnlessRepeated(keywords: readonly KeywordText[]): Promise<ReadonlySet<KeywordText>> {
    return this.transactions.run(async (tx) => {
      const repeats = new Set<KeywordText>();
      for (const keyword of keywords) if (!(await this.#handle(tx, keyword))) repeats.add(keyword);
      if (repeats.size > 0) throw new RollBack(repeats);
      return repeats;
    });
  }

  /** Returns false if the text is recorded already: the caller must then roll back. */
  async #handle(tx: Transaction, { sms, firstDecision }: KeywordText): Promise<boolean> {
    const decision = this.#decide(sms, firstDecision, await this.consents.lock(tx, sms.person));
    const recorded = await this.recordSms.execute(tx, sms, decision.answeredBy);
    if (!recorded) return false;
    const { threadId, loopReason } = recorded;
    const change = CHANGES[decision.kind];
    if (change) {
      // A webhook's change happens now, in the order of the sender's lock, since our hosts' clocks differ.
      const late = sms.isListed ? { at: sms.receivedAt, uncertainMs: CARRIER_CLOCK_SKEW_MS } : undefined;
      await this.changeConsent.execute(tx, threadId, change, late);
    }
    // A machine may send HELP after each answer, so a keyword that is repeated too often gets no answer.
    if (loopReason !== 'repeated-text') await this.answerKeyword.execute(tx, threadId, sms, decision);
    return true;
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
