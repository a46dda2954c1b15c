import { Injectable } from '@nestjs/common';
import type { CallOrigin } from '@parley/contracts';
import { Outbox, Transactions } from '@parley/persistence';
import { conversationCreated } from '../../../conversations/conversation-created.js';
import { CallLog, type CallPlace } from './call-log.js';

/**
 * Finds where a call's words go; contact, conversation and lane are made where there are none. In a transaction of its
 * own, as `OpenThread`. Whichever message of a call comes first opens it.
 */
@Injectable()
export class OpenCall {
  constructor(
    private readonly transactions: Transactions,
    private readonly outbox: Outbox,
    private readonly calls: CallLog,
  ) {}

  async execute(origin: CallOrigin): Promise<CallPlace> {
    return (await this.calls.placeOf(origin.callId)) ?? (await this.#open(origin));
  }

  async #open(origin: CallOrigin): Promise<CallPlace> {
    await this.transactions.run(async (tx) => {
      const begun = await this.calls.openCall(tx, origin);
      if (begun) await this.outbox.add(tx, conversationCreated(begun, 'voice'));
    });
    const place = await this.calls.placeOf(origin.callId);
    if (!place) throw new Error(`${origin.callId} was opened and has no place`);
    return place;
  }
}
