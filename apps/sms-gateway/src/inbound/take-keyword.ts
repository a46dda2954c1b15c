import { Injectable } from '@nestjs/common';
import { neutralTexts } from '@parley/contracts';
import type { E164 } from '@parley/kernel';
import { type Transaction, Transactions } from '@parley/persistence';
import type { Consent, InboundDecision, KeywordDecision } from '@parley/sms-policy';
import { CARRIER_CLOCK_SKEW_MS } from '../carrier/message-list.js';
import { ChangeConsent } from '../consent/change-consent.js';
import { ConsentStore } from '../consent/consent-store.js';
import { AgentTextsStore } from '../lines/agent-texts-store.js';
import { QueueNotice } from '../outbound/queue/queue-notice.js';
import type { ThreadSms } from './inbound-sms.js';
import { ReadInbound } from './read-inbound.js';
import { RecordSms } from './record-sms.js';
import { TakingTurns } from './taking-turns.js';

interface TakenText {
  readonly sms: ThreadSms;
  readonly firstReading: KeywordDecision;
}

/** In one transaction, of one person. */
const MAX_AT_ONCE = 64;
const CHANGES = { 'opt-out': 'opted-out', 'opt-in': 'opted-in', answer: undefined } as const;

/**
 * Takes a STOP, START or HELP: the sender's consent, what is told of it and our answer, in one transaction that
 * locks the sender first. Once it is committed, no claim sends them anything that they do not want.
 */
@Injectable()
export class TakeKeyword {
  /** Each waits for its sender's lock: a storm of one person's would hold all connections to the database. */
  readonly #turns = new TakingTurns<E164, TakenText>({
    maxItems: MAX_AT_ONCE,
    work: (keywords) => this.#takeAll(keywords),
  });

  constructor(
    private readonly transactions: Transactions,
    private readonly consents: ConsentStore,
    private readonly reading: ReadInbound,
    private readonly recordSms: RecordSms,
    private readonly changeConsent: ChangeConsent,
    private readonly queueNotice: QueueNotice,
    private readonly agentTexts: AgentTextsStore,
  ) {}

  /** Throws AlreadyReceived. */
  execute(sms: ThreadSms, firstReading: KeywordDecision): Promise<void> {
    return this.#turns.add(sms.person, { sms, firstReading });
  }

  async #takeAll(keywords: readonly TakenText[]): Promise<void> {
    await this.transactions.run(async (tx) => {
      for (const { sms, firstReading } of keywords) await this.#take(tx, sms, firstReading);
    });
  }

  async #take(tx: Transaction, sms: ThreadSms, firstReading: KeywordDecision): Promise<void> {
    const decision = this.#decide(sms, firstReading, await this.consents.lock(tx, sms.person));
    const { threadId, sign } = await this.recordSms.execute(tx, sms, decision.answeredBy);
    const change = CHANGES[decision.kind];
    if (change) {
      // A webhook is taken in when it comes: our hosts' clocks differ, and the sender's lock gives the order.
      const late = sms.isListed ? { at: sms.receivedAt, uncertainMs: CARRIER_CLOCK_SKEW_MS } : undefined;
      await this.changeConsent.execute(tx, threadId, change, late);
    }
    // A machine may send HELP after each answer: a repeated keyword gets no second reply.
    if (decision.reply === undefined || sign === 'repeated-text') return;
    const texts = (await this.agentTexts.of(tx, sms.line.id)) ?? neutralTexts(['en']);
    await this.queueNotice.execute(tx, {
      threadId,
      text: texts[decision.reply],
      answers: sms.messageSid,
      isOptOutConfirmation: decision.kind === 'opt-out',
    });
  }

  /** Under the lock the answer may be another, but a keyword stays one. */
  #decide(sms: ThreadSms, firstReading: KeywordDecision, consent: Consent): KeywordDecision {
    const decision = this.reading.decide(sms, consent);
    return isKeyword(decision) ? decision : firstReading;
  }
}

function isKeyword(decision: InboundDecision): decision is KeywordDecision {
  return decision.kind !== 'forward' && decision.kind !== 'ignore';
}
