import { Injectable } from '@nestjs/common';
import { CallStateChanged } from '@parley/contracts';
import type { CallId } from '@parley/kernel';
import { Outbox, type Transaction, Transactions } from '@parley/persistence';
import { VoiceAgents } from '../agents/voice-agents.js';
import { type Call, type IncomingCall, isOver, originOf } from './call.js';
import { CallCapacity } from './call-capacity.js';
import { CallStore } from './call-store.js';
import { EndCall } from './end-call.js';

/** How long the address of a call's media socket is valid: Twilio connects within a second, and may do so twice. */
const MEDIA_TOKEN_MS = 60_000;

export type CallAnswer =
  | { kind: 'stream'; callId: CallId; mediaToken: string }
  | { kind: 'hang-up' }
  /** No process has room for it. */
  | { kind: 'busy'; call: Call };

/** Takes in a call that rings, or is announced again: a row, the fact, and the way to its media socket. */
@Injectable()
export class AnswerCall {
  constructor(
    private readonly calls: CallStore,
    private readonly capacity: CallCapacity,
    private readonly endCall: EndCall,
    private readonly agents: VoiceAgents,
    private readonly outbox: Outbox,
    private readonly transactions: Transactions,
  ) {}

  async execute(incoming: IncomingCall): Promise<CallAnswer> {
    const agent = await this.agents.answering(incoming.line);
    const { call, mediaToken } = await this.transactions.run(async (tx) => {
      const announced = await this.calls.announce(tx, incoming, agent.agentId, MEDIA_TOKEN_MS);
      if (!announced.isNew) return announced;
      const occurredAt = incoming.receivedAt.toISOString();
      const data = { ...originOf(announced.call), state: 'initiated' as const, occurredAt };
      await this.outbox.add(tx, { contract: CallStateChanged, data });
      return { ...announced, call: await this.#admit(tx, announced.call) };
    });
    if (call.endReason === 'no-capacity') return { kind: 'busy', call };
    return isOver(call) ? { kind: 'hang-up' } : { kind: 'stream', callId: call.id, mediaToken };
  }

  /** A call that is let in has its place from here on, though its socket is yet to come. */
  async #admit(tx: Transaction, call: Call): Promise<Call> {
    if (!(await this.capacity.isTakenUp(tx, call.id))) return call;
    return (await this.endCall.within(tx, call, 'no-capacity', new Date())) ?? call;
  }
}
