import { Injectable } from '@nestjs/common';
import { Transactions } from '@parley/persistence';
import { VoiceAgents } from '../agents/voice-agents.js';
import { AnnounceCall } from './announce-call.js';
import type { EndReason, IncomingCall } from './call.js';
import { CallStore } from './call-store.js';
import { EndCall } from './end-call.js';

/** A call that is over needs no media socket. */
const NO_MEDIA_MS = 0;

/**
 * Twilio's word that a call is over. For a caller who hangs up at once it may come before the call itself: then the call
 * is written down as over, so that its own webhook, when it comes, does not wait for a media socket and take up a place.
 */
@Injectable()
export class HandleCallStatus {
  constructor(
    private readonly calls: CallStore,
    private readonly announceCall: AnnounceCall,
    private readonly endCall: EndCall,
    private readonly agents: VoiceAgents,
    private readonly transactions: Transactions,
  ) {}

  /** @param call as Twilio describes it, with the moment at which it was told; its agent is ours to say */
  async execute(call: IncomingCall & { isInbound: boolean }, reason: EndReason): Promise<void> {
    const { agentId } = await this.agents.answering(call.line);
    await this.transactions.run(async (tx) => {
      const known = await this.calls.lockBySid(tx, call.callSid);
      if (!known && !call.isInbound) return;
      const over = known ?? (await this.announceCall.within(tx, call, agentId, NO_MEDIA_MS)).call;
      await this.endCall.within(tx, over, reason, call.receivedAt);
    });
  }
}
