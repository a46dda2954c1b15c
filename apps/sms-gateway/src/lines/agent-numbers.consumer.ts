import { Controller } from '@nestjs/common';
import { AgentChanged } from '@parley/contracts';
import type { LineId } from '@parley/kernel';
import { MessageContext, OnFact } from '@parley/messaging';
import { Inbox, Transactions } from '@parley/persistence';
import { AgentTextsStore } from './agent-texts-store.js';
import { Lines } from './lines.js';

/**
 * int.agent.changed.v1.<agentId>: adds the agent's numbers to our lines before a person texts them, and stores the agent's
 * texts for their keyword replies.
 */
@Controller()
export class AgentNumbersConsumer {
  constructor(
    private readonly lines: Lines,
    private readonly texts: AgentTextsStore,
    private readonly transactions: Transactions,
    private readonly inbox: Inbox,
  ) {}

  /** A line stays when its agent is removed, because its threads stay. */
  @OnFact(AgentChanged)
  async changed(agent: AgentChanged, { consumer, envelope }: MessageContext): Promise<void> {
    const lineIds: LineId[] = [];
    for (const number of agent.numbers) lineIds.push((await this.lines.ensure(number)).id);
    await this.transactions.run(async (tx) => {
      if (await this.inbox.once(tx, consumer, envelope.id)) await this.texts.store(tx, agent, lineIds);
    });
  }
}
