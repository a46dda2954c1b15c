import { Injectable } from '@nestjs/common';
import type { CallOrigin } from '@parley/contracts';
import { Outbox, Transactions } from '@parley/persistence';
import { openingEvents } from '../../../conversations/opening-events.js';
import { CallLog, type LoggedCall } from './call-log.js';

/**
 * Finds a call in the log. The first message about a call stores it with its contact, conversation and lane, in a
 * transaction of its own.
 */
@Injectable()
export class OpenCall {
  constructor(
    private readonly transactions: Transactions,
    private readonly outbox: Outbox,
    private readonly calls: CallLog,
  ) {}

  async execute(origin: CallOrigin): Promise<LoggedCall> {
    return (await this.calls.find(origin.callId)) ?? (await this.#open(origin));
  }

  async #open(origin: CallOrigin): Promise<LoggedCall> {
    await this.transactions.run(async (tx) => {
      const opened = await this.calls.openCall(tx, origin);
      if (opened) await this.outbox.add(tx, ...openingEvents(opened, 'voice'));
    });
    const call = await this.calls.find(origin.callId);
    if (!call) throw new Error(`Call ${origin.callId} was stored but cannot be read back`);
    return call;
  }
}
