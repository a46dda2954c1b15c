import { Injectable } from '@nestjs/common';
import { type Transaction, Transactions } from '@parley/persistence';
import { AnsweredRequests, type RequestAnswer } from './answered-requests.js';

/** Handles each request once, in one transaction with its answer. A repeated request gets the same answer. */
@Injectable()
export class AnswerOnce {
  constructor(
    private readonly transactions: Transactions,
    private readonly requests: AnsweredRequests,
  ) {}

  /** @param handle gets the time by the database's clock */
  async execute<Outcome extends string>(
    requestId: string,
    handle: (tx: Transaction, nowMs: number) => Promise<RequestAnswer<Outcome>>,
  ): Promise<RequestAnswer<Outcome>> {
    return this.transactions.run(async (tx) => {
      const begun = await this.requests.begin(tx, requestId);
      if (!begun.isNew) return begun.answer as RequestAnswer<Outcome>;
      const answer = await handle(tx, begun.nowMs);
      await this.requests.answer(tx, requestId, answer);
      return answer;
    });
  }
}
