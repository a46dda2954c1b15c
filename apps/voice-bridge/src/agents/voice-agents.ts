import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { type AgentSettings, ListAgents } from '@parley/contracts';
import type { AgentId } from '@parley/kernel';
import { NatsLink, RpcClient, RpcFailure, RpcUnavailableError } from '@parley/messaging';
import { WakeableLoop } from '@parley/persistence';
import { AgentStore } from './agent-store.js';
import { NEUTRAL_AGENT, type VoiceAgent } from './voice-agent.js';

/** How old what we know of the agents may get. */
const REFRESH_MS = 5_000;
const ASK_TIMEOUT_MS = 2_000;

/** The agents, in memory: a call that rings waits for nobody. */
@Injectable()
export class VoiceAgents implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #logger = new Logger(VoiceAgents.name);
  readonly #loop = new WakeableLoop({
    name: VoiceAgents.name,
    everyMs: REFRESH_MS,
    step: () => this.#refresh(),
  });
  #agents: readonly AgentSettings[] = [];
  #kept = '';
  #stopListening = (): void => {};

  constructor(
    private readonly store: AgentStore,
    private readonly rpc: RpcClient,
    private readonly link: NatsLink,
  ) {}

  onApplicationBootstrap(): void {
    this.#loop.start();
    this.#stopListening = this.link.onConnected(() => this.#loop.wake());
  }

  async onModuleDestroy(): Promise<void> {
    this.#stopListening();
    await this.#loop.stop();
  }

  default(): VoiceAgent {
    return this.#agents.find(({ isDefault }) => isDefault) ?? NEUTRAL_AGENT;
  }

  /** As the agent is now; the default one when it is gone. */
  of(agentId: AgentId | undefined): VoiceAgent {
    return this.#agents.find((agent) => agent.agentId === agentId) ?? this.default();
  }

  /** The copy first: it is there before the orchestrator is. */
  async #refresh(): Promise<void> {
    if (this.#agents.length === 0) this.#agents = await this.store.all();
    const asked = await this.#ask();
    if (!asked) return;
    this.#agents = asked;
    const text = JSON.stringify(asked);
    if (text === this.#kept) return;
    await this.store.replace(asked);
    this.#kept = text;
    this.#logger.log(`${asked.length} agents are known`);
  }

  async #ask(): Promise<AgentSettings[] | undefined> {
    try {
      const { agents } = await this.rpc.request(ListAgents, {}, { timeoutMs: ASK_TIMEOUT_MS });
      return agents;
    } catch (error) {
      if (error instanceof RpcFailure) this.#logger.warn(`The agents were not told: ${error.message}`);
      else if (!(error instanceof RpcUnavailableError)) throw error;
      return undefined;
    }
  }
}
