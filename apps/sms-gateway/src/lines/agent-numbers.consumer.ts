import { Controller } from '@nestjs/common';
import { AgentChanged } from '@parley/contracts';
import { MessageContext, OnFact } from '@parley/messaging';
import { Inbox, Transactions } from '@parley/persistence';
import { Lines } from './lines.js';

/** int.agent.changed.v1.<agentId>: a number that an agent answers is a line of ours, before anybody texts it. */
@Controller()
export class AgentNumbersConsumer {
  constructor(
    private readonly lines: Lines,
    private readonly transactions: Transactions,
    private readonly inbox: Inbox,
  ) {}

  /** A line stays when its agent goes: the threads on it do, too. */
  @OnFact(AgentChanged)
  async changed({ numbers }: AgentChanged, { consumer, envelope }: MessageContext): Promise<void> {
    for (const number of numbers) await this.lines.of(number);
    await this.transactions.run((tx) => this.inbox.once(tx, consumer, envelope.id));
  }
}
