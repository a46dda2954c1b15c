import { Injectable } from '@nestjs/common';
import { Transactions } from '@parley/persistence';
import { VoiceAgents } from '../agents/voice-agents.js';
import { AnnounceCall } from './announce-call.js';
import type { EndReason, IncomingCall } from './call.js';
import { CallStore } from './call-store.js';
import { EndCall } from './end-call.js';

/** The media token of a call that is over is never valid. */
const NO_MEDIA_MS = 0;

/**
 * Handles Twilio's report that a call is over. If the caller hangs up at once, the report may arrive before the webhook of the
 * call: the call is then stored as over, so that its webhook issues no media token and takes no capacity.
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

  /** @param call as Twilio reports it, with the moment of the report; the agent is looked up here */
  async execute(call: IncomingCall & { isInbound: boolean }, reason: EndReason): Promise<void> {
    const { agentId } = await this.agents.ofLine(call.line);
    await this.transactions.run(async (tx) => {
      const known = await this.calls.lockBySid(tx, call.callSid);
      if (!known && !call.isInbound) return;
      const over = known ?? (await this.announceCall.execute(tx, call, agentId, NO_MEDIA_MS)).call;
      await this.endCall.within(tx, over, reason, call.receivedAt);
    });
  }
}
