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

/** Until then a process that finds no copy waits for the orchestrator, and so does the first call; then it is a neutral agent's. */
const FIRST_ANSWER_WITHIN_MS = 3_000;
const ASK_AGAIN_MS = 250;

/** The agents, in memory: a call that rings waits for nobody, unless this process has only just started. */
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
  #settle = (): void => {};
  /** Settles when the agents are known, or are not to be waited for. */
  readonly #settled = new Promise<void>((resolve) => (this.#settle = resolve));
  #giveUpAtMs: number | undefined;

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

  /** Who takes a call that comes in now. */
  async whoAnswers(): Promise<VoiceAgent> {
    let timer: NodeJS.Timeout | undefined;
    const timeIsUp = new Promise<void>((resolve) => (timer = setTimeout(resolve, FIRST_ANSWER_WITHIN_MS)));
    await Promise.race([this.#settled, timeIsUp]);
    clearTimeout(timer);
    return this.default();
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
    this.#giveUpAtMs ??= performance.now() + FIRST_ANSWER_WITHIN_MS;
    if (this.#agents.length > 0) this.#settle();
    const asked = await this.#ask();
    if (asked) await this.#take(asked);
    else if (this.#agents.length === 0) this.#askSoon(this.#giveUpAtMs);
  }

  async #take(asked: AgentSettings[]): Promise<void> {
    this.#agents = asked;
    this.#settle();
    const text = JSON.stringify(asked);
    if (text === this.#kept) return;
    await this.store.replace(asked);
    this.#kept = text;
    this.#logger.log(`${asked.length} agents are known`);
  }

  #askSoon(untilMs: number): void {
    if (performance.now() >= untilMs) return this.#settle();
    setTimeout(() => this.#loop.wake(), ASK_AGAIN_MS).unref();
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
