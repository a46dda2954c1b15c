import { Injectable } from '@nestjs/common';
import type { AgentId, E164 } from '@parley/kernel';
import { AgentStore } from './agent-store.js';
import { CatchUpOnAgents } from './catch-up-on-agents.js';
import { NEUTRAL_AGENT, type VoiceAgent } from './voice-agent.js';

/** Finds the agents that answer our lines. */
@Injectable()
export class VoiceAgents {
  readonly #lastAnswering = new Map<E164 | undefined, VoiceAgent>();

  constructor(
    private readonly store: AgentStore,
    private readonly catchUp: CatchUpOnAgents,
  ) {}

  /**
   * Returns the agent that answers this line. Waits for the orchestrator only if there is no stored agent and this
   * process has just started.
   */
  async ofLine(line: E164 | undefined): Promise<VoiceAgent> {
    const agent = (await this.store.findByLine(line)) ?? (await this.#first(line)) ?? NEUTRAL_AGENT;
    this.#lastAnswering.set(line, agent);
    return agent;
  }

  /** Returns the agent that answered this call, with its current settings. */
  async ofCall(call: { agentId: AgentId | undefined; line: E164 | undefined }): Promise<VoiceAgent> {
    return (call.agentId && (await this.store.find(call.agentId))) ?? (await this.ofLine(call.line));
  }

  /**
   * Returns the agent that last answered this line, for when Postgres is unavailable. Only signed requests name lines, so
   * the map stays small.
   */
  lastOfLine(line: E164 | undefined): VoiceAgent {
    return this.#lastAnswering.get(line) ?? NEUTRAL_AGENT;
  }

  /** Returns all agents that answer calls, once they are known. */
  async all(): Promise<VoiceAgent[]> {
    await this.catchUp.settled;
    return this.store.all();
  }

  async #first(line: E164 | undefined): Promise<VoiceAgent | undefined> {
    await this.catchUp.settled;
    return this.store.findByLine(line);
  }
}
