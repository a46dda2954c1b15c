import { Injectable, Logger } from '@nestjs/common';
import { assertNever } from '@parley/kernel';
import { retryWithin } from '@parley/resilience';
import {
  type DeliveryEvent,
  meaningOfSendError,
  parseDeliveryStatus,
  type SendOutcome,
  type SendPermission,
} from '@parley/sms-policy';
import { ApplyDelivery } from '../delivery/apply-delivery.js';
import { AttemptStore } from '../delivery/attempt-store.js';
import type { ClaimedSend } from '../send.js';

/** If Postgres is unavailable for longer, the sweep makes the outcome unknown. */
const RECORD_WITHIN_MS = 60_000;

type Outcome = SendOutcome | Extract<SendPermission, { kind: 'reject' }>;

/** Records how the vendor answered a claimed send, or why it was not sent. */
@Injectable()
export class RecordSendOutcome {
  readonly #logger = new Logger(RecordSendOutcome.name);

  constructor(
    private readonly attempts: AttemptStore,
    private readonly applyDelivery: ApplyDelivery,
  ) {}

  /** Retries while Postgres is unavailable, because the vendor does not repeat its answer. */
  async execute(send: ClaimedSend, outcome: Outcome): Promise<void> {
    this.#explain(send, outcome);
    await retryWithin(RECORD_WITHIN_MS, () => this.#record(send, outcome));
  }

  /** Stores an acceptance, the usual outcome, with one statement, unless a status report was stored first. */
  async #record(send: ClaimedSend, outcome: Outcome): Promise<void> {
    if (outcome.kind === 'accepted') {
      const isStored = await this.attempts.accept(send, outcome.providerSid, outcome.providerStatus);
      if (isStored) return;
    }
    await this.applyDelivery.execute({ event: eventOf(send, outcome) });
  }

  #explain({ id: sendId }: ClaimedSend, outcome: Outcome): void {
    if (outcome.kind !== 'rejected' && outcome.kind !== 'retry') return;
    const { kind, errorCode } = outcome;
    if (errorCode === undefined) return;
    const meaning = meaningOfSendError(errorCode);
    const what =
      kind === 'retry' ? 'Twilio refused a text, which will be sent again' : 'Twilio refused a text';
    const message = `${what}: ${meaning?.explanation ?? `error ${errorCode}`}`;
    if (meaning?.cause === 'account') this.#logger.error({ sendId, errorCode }, message);
    else this.#logger.warn({ sendId, errorCode }, message);
  }
}

function eventOf(
  { id, claims }: ClaimedSend,
  outcome: Outcome,
): Extract<DeliveryEvent, { kind: 'accepted' | 'rejected' | 'postponed' | 'outcome-lost' }> {
  switch (outcome.kind) {
    case 'accepted': {
      const { providerSid, providerStatus } = outcome;
      return {
        kind: 'accepted',
        id,
        claims,
        providerSid,
        providerStatus: parseDeliveryStatus(providerStatus),
      };
    }
    case 'retry':
      return { kind: 'postponed', id, claims, delayMs: outcome.delayMs };
    case 'unknown':
      return { kind: 'outcome-lost', id, claims, detail: outcome.detail };
    case 'rejected':
      return { kind: 'rejected', id, claims, errorCode: outcome.errorCode };
    case 'reject':
      return { kind: 'rejected', id, claims, reason: outcome.reason };
    default:
      return assertNever(outcome);
  }
}
