import { Inject, Injectable, Logger } from '@nestjs/common';
import { afterCommit, type Transaction, Transactions } from '@parley/persistence';
import {
  type ChangedAttempt,
  type DeliveryEvent,
  type DeliveryStep,
  type FollowUpEvent,
  stepDelivery,
} from '@parley/sms-policy';
import { ConsentStore } from '../../consent/consent-store.js';
import { RECOVERY_TIMES, type RecoveryTimes } from '../../recovery-times.js';
import type { DueFollowUp, LockedAttempt } from '../send.js';
import { type AttemptReference, AttemptStore } from './attempt-store.js';
import { DeliveryEffects } from './delivery-effects.js';

/**
 * An event of an attempt. A follow-up event includes the send to repeat; `ApplyDelivery` adds the recipient's consent.
 */
export type DeliveryInput =
  | { readonly event: Exclude<DeliveryEvent, FollowUpEvent> }
  | { readonly event: FollowUpEvent; readonly send: DueFollowUp };

/**
 * Applies events to send attempts, in one transaction: locks all attempts of their messages, lets `stepDelivery` decide, and
 * stores and publishes the result. Claims, callbacks, lists, sweeps and polls only create events.
 */
@Injectable()
export class ApplyDelivery {
  readonly #logger = new Logger(ApplyDelivery.name);

  constructor(
    private readonly transactions: Transactions,
    private readonly attempts: AttemptStore,
    private readonly consents: ConsentStore,
    private readonly effects: DeliveryEffects,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
  ) {}

  async execute(...inputs: readonly DeliveryInput[]): Promise<void> {
    await this.transactions.run(async (tx) => {
      let attempts = await this.attempts.lock(tx, inputs.map(referenceOf));
      const changed = new Map<string, ChangedAttempt>();
      for (const input of inputs) {
        const message = messageOf(attempts, referenceOf(input));
        const step = stepDelivery(message, await this.#eventOf(tx, input), Date.now(), this.times);
        afterCommit(tx, () => this.#explain(step, input));
        if (step.kind === 'ignore') continue;
        const send = message.find(({ id }) => id === step.id)!;
        await this.effects.execute(tx, send, step, 'send' in input ? input.send : undefined);
        for (const change of step.changed) {
          const { id } = change.attempt;
          changed.set(id, { ...changed.get(id), ...change });
        }
        attempts = attempts
          .filter(({ id }) => id !== step.withdrawn)
          .map((attempt) => ({ ...attempt, ...changed.get(attempt.id)?.attempt }));
      }
      await this.attempts.save(tx, [...changed.values()]);
    });
  }

  async #eventOf(tx: Transaction, input: DeliveryInput): Promise<DeliveryEvent> {
    if (!('send' in input)) return input.event;
    return { ...input.event, consent: await this.consents.lock(tx, input.send.to) };
  }

  #explain(step: DeliveryStep, { event }: DeliveryInput): void {
    const fields = { sendId: step.id };
    if (step.kind === 'ignore') {
      if (step.reason === 'contradiction')
        this.#logger.warn(
          fields,
          'A status report was ignored: it contradicts what is stored about its send attempt',
        );
      return;
    }
    if (event.kind === 'outcome-lost')
      this.#logger.warn(
        { ...fields, detail: event.detail },
        "Twilio's answer to a send attempt was lost; it will be reconciled from Twilio's list of messages",
      );
    if (step.withdrawn !== undefined)
      this.#logger.log(
        { sendId: step.withdrawn },
        'The repetition of a send was cancelled: the first attempt was delivered',
      );
  }
}

function referenceOf({ event }: DeliveryInput): AttemptReference {
  return event.kind === 'reported' ? event : { id: event.id };
}

function messageOf(
  attempts: readonly LockedAttempt[],
  { id, providerSid }: AttemptReference,
): LockedAttempt[] {
  const one =
    attempts.find((attempt) => attempt.id === id) ??
    attempts.find((attempt) => providerSid !== undefined && attempt.providerSid === providerSid);
  return attempts.filter(({ causedBy }) => causedBy === one?.causedBy);
}
