import { Injectable } from '@nestjs/common';
import { CallStateChanged } from '@parley/contracts';
import { Outbox, type Transaction, Transactions } from '@parley/persistence';
import { VoiceAgents } from '../agents/voice-agents.js';
import { type Call, type EndReason, type IncomingCall, originOf } from './call.js';
import { CallStore } from './call-store.js';
import { EndCall } from './end-call.js';

/**
 * Twilio's word that a call is over. For a caller who hangs up at once it may come before the call itself: then the call
 * is written down as over, so that its own webhook, when it comes, does not wait for a media socket and take up a place.
 */
@Injectable()
export class HearCallOver {
  constructor(
    private readonly calls: CallStore,
    private readonly endCall: EndCall,
    private readonly agents: VoiceAgents,
    private readonly outbox: Outbox,
    private readonly transactions: Transactions,
  ) {}

  /** @param call as Twilio describes it, with the moment at which it was told; its agent is ours to say */
  async execute(call: IncomingCall & { isInbound: boolean }, reason: EndReason): Promise<void> {
    const { agentId } = await this.agents.answering(call.line);
    await this.transactions.run(async (tx) => {
      const known = await this.calls.lockBySid(tx, call.callSid);
      const over = known ?? (call.isInbound ? await this.#announce(tx, call, agentId) : undefined);
      if (over) await this.endCall.within(tx, over, reason, call.receivedAt);
    });
  }

  async #announce(tx: Transaction, incoming: IncomingCall, agentId: Call['agentId']): Promise<Call> {
    const { call, isNew } = await this.calls.announce(tx, incoming, agentId, 0);
    if (isNew) {
      const occurredAt = incoming.receivedAt.toISOString();
      const data = { ...originOf(call), state: 'initiated' as const, occurredAt };
      await this.outbox.add(tx, { contract: CallStateChanged, data });
    }
    return call;
  }
}
