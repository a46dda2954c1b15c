import { Inject, Injectable, Logger } from '@nestjs/common';
import { type AgentSettings, ListAgents } from '@parley/contracts';
import { NatsLink, RpcClient, RpcFailure, RpcUnavailableError } from '@parley/messaging';
import { Transactions } from '@parley/persistence';
import { LoopingService, WakeableLoop } from '@parley/resilience';
import { RECOVERY_TIMES, type RecoveryTimes } from '../recovery-times.js';
import { AgentStore } from './agent-store.js';

/**
 * A process without a copy of the agents waits this long for the orchestrator; then the neutral agent answers
 * calls.
 */
const FIRST_ANSWER_WITHIN_MS = 3_000;
const ASK_AGAIN_AT_FIRST_MS = 250;

/**
 * Requests all agents once for each connection to NATS, because our copy may be new or restored, and missed facts are
 * not published again. Repeats the request only if the orchestrator does not answer.
 */
@Injectable()
export class CatchUpOnAgents extends LoopingService {
  readonly #logger = new Logger(CatchUpOnAgents.name);
  protected override readonly loop: WakeableLoop;
  #connections = 0;
  #caughtUpWith = 0;
  #stopListening = (): void => {};
  #isSettled = false;
  readonly #settled = Promise.withResolvers<void>();
  /** Settles when the agents are known, or after {@link FIRST_ANSWER_WITHIN_MS}. */
  readonly settled = this.#settled.promise;

  constructor(
    private readonly store: AgentStore,
    private readonly transactions: Transactions,
    private readonly rpc: RpcClient,
    private readonly link: NatsLink,
    @Inject(RECOVERY_TIMES) { agentsAskAgainMs: everyMs }: RecoveryTimes,
  ) {
    super();
    this.loop = new WakeableLoop({ name: CatchUpOnAgents.name, everyMs, step: () => this.#catchUp() });
  }

  override onApplicationBootstrap(): void {
    this.#stopListening = this.link.onConnected(() => this.#connected());
    if (this.link.connection()) this.#connected();
    super.onApplicationBootstrap();
    setTimeout(() => this.#settle(), FIRST_ANSWER_WITHIN_MS).unref();
  }

  override async beforeApplicationShutdown(): Promise<void> {
    this.#stopListening();
    await super.beforeApplicationShutdown();
  }

  #connected(): void {
    this.#connections += 1;
    this.loop.wake();
  }

  async #catchUp(): Promise<void> {
    const connections = this.#connections;
    if (this.#caughtUpWith === connections) return;
    const agents = await this.#ask();
    if (!agents) return this.#askAgainAtFirst();
    await this.transactions.run((tx) => this.store.remember(tx, agents));
    this.#caughtUpWith = connections;
    this.#settle();
    this.#logger.log(`Read ${agents.length} agents from the orchestrator`);
  }

  #settle(): void {
    this.#isSettled = true;
    this.#settled.resolve();
  }

  #askAgainAtFirst(): void {
    if (!this.#isSettled) setTimeout(() => this.loop.wake(), ASK_AGAIN_AT_FIRST_MS).unref();
  }

  async #ask(): Promise<AgentSettings[] | undefined> {
    try {
      const agents: AgentSettings[] = [];
      for (let hasMore = true; hasMore;) {
        const after = agents.at(-1)?.agentId;
        const page = await this.rpc.request(ListAgents, after === undefined ? {} : { after });
        agents.push(...page.agents);
        hasMore = page.hasMore === true && page.agents.length > 0;
      }
      return agents;
    } catch (error) {
      if (!(error instanceof RpcFailure || error instanceof RpcUnavailableError)) throw error;
      // While this process starts, the orchestrator is probably starting too: only a refusal is worth a
      // warning.
      const isNews = error instanceof RpcFailure && (this.#isSettled || !error.retryable);
      if (isNews)
        this.#logger.warn(
          `Could not read the agents from the orchestrator and will ask again: ${error.message}`,
        );
      return undefined;
    }
  }
}
