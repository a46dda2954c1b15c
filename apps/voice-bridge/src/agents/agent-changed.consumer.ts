import { Controller, Logger } from '@nestjs/common';
import { AgentChanged } from '@parley/contracts';
import { MessageContext, OnFact } from '@parley/messaging';
import { RememberAgent } from './remember-agent.js';

/** int.agent.changed.v1.<agentId> → RememberAgent */
@Controller()
export class AgentChangedConsumer {
  readonly #logger = new Logger(AgentChangedConsumer.name);

  constructor(private readonly rememberAgent: RememberAgent) {}

  @OnFact(AgentChanged)
  async changed(agent: AgentChanged, { consumer, envelope }: MessageContext): Promise<void> {
    await this.rememberAgent.execute(agent, { consumer, eventId: envelope.id });
    const { agentId, version, isRemoved } = agent;
    this.#logger.debug({ eventId: envelope.id, agentId, version, isRemoved }, 'Stored a changed agent');
  }
}
