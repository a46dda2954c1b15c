import { Injectable } from '@nestjs/common';
import { CallStateChanged } from '@parley/contracts';
import type { CallId } from '@parley/kernel';
import { Outbox, Transactions } from '@parley/persistence';
import { VoiceAgents } from '../agents/voice-agents.js';
import { type IncomingCall, isOver, originOf } from './call.js';
import { CallStore } from './call-store.js';

/** How long the address of a call's media socket is valid: Twilio connects within a second, and may do so twice. */
const MEDIA_TOKEN_MS = 60_000;

export type CallAnswer = { kind: 'stream'; callId: CallId; mediaToken: string } | { kind: 'hang-up' };

/** Takes in a call that rings, or is announced again: a row, the fact, and the way to its media socket. */
@Injectable()
export class AnswerCall {
  constructor(
    private readonly calls: CallStore,
    private readonly agents: VoiceAgents,
    private readonly outbox: Outbox,
    private readonly transactions: Transactions,
  ) {}

  async execute(incoming: IncomingCall): Promise<CallAnswer> {
    const agent = this.agents.default();
    const { call, mediaToken } = await this.transactions.run(async (tx) => {
      const announced = await this.calls.announce(tx, incoming, agent.agentId, MEDIA_TOKEN_MS);
      if (announced.isNew) {
        const occurredAt = incoming.receivedAt.toISOString();
        const data = { ...originOf(announced.call), state: 'initiated' as const, occurredAt };
        await this.outbox.add(tx, { contract: CallStateChanged, data });
      }
      return announced;
    });
    return isOver(call) ? { kind: 'hang-up' } : { kind: 'stream', callId: call.id, mediaToken };
  }
}
