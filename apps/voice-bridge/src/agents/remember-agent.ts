import { Injectable } from '@nestjs/common';
import type { AgentChanged } from '@parley/contracts';
import { Inbox, type Receipt, Transactions } from '@parley/persistence';
import { AgentStore } from './agent-store.js';

/** Stores a changed agent. A late or repeated fact does not restore an older version. */
@Injectable()
export class RememberAgent {
  constructor(
    private readonly transactions: Transactions,
    private readonly inbox: Inbox,
    private readonly store: AgentStore,
  ) {}

  async execute(agent: AgentChanged, { consumer, eventId }: Receipt): Promise<void> {
    await this.transactions.run(async (tx) => {
      if (await this.inbox.once(tx, consumer, eventId)) await this.store.remember(tx, [agent]);
    });
  }
}
