import { Injectable } from '@nestjs/common';
import type { CallId } from '@parley/kernel';
import { type Transaction, Transactions } from '@parley/persistence';
import { VoiceAgents } from '../agents/voice-agents.js';
import { AnnounceCall } from './announce-call.js';
import { type Call, type IncomingCall, isEndingOrOver } from './call.js';
import { CallCapacity } from './call-capacity.js';
import { EndCall } from './end-call.js';
import { IssuedTokens } from './issued-tokens.js';

/** How long a call's media token is valid: Twilio connects within a second, and may connect twice. */
const MEDIA_TOKEN_MS = 60_000;

export type CallAnswer =
  | { kind: 'stream'; callId: CallId; mediaToken: string }
  | { kind: 'hang-up' }
  /** All processes are full. */
  | { kind: 'busy'; call: Call };

/**
 * Answers the webhook of a call, also when Twilio repeats the webhook: stores call and fact, and issues the media
 * token.
 */
@Injectable()
export class AnswerCall {
  constructor(
    private readonly announceCall: AnnounceCall,
    private readonly capacity: CallCapacity,
    private readonly endCall: EndCall,
    private readonly agents: VoiceAgents,
    private readonly tokens: IssuedTokens,
    private readonly transactions: Transactions,
  ) {}

  async execute(incoming: IncomingCall): Promise<CallAnswer> {
    const agent = await this.agents.ofLine(incoming.line);
    const { call, mediaToken } = await this.transactions.run(async (tx) => {
      const announced = await this.announceCall.execute(tx, incoming, agent.agentId, MEDIA_TOKEN_MS);
      return announced.isNew ? { ...announced, call: await this.#admit(tx, announced.call) } : announced;
    });
    if (call.endReason === 'no-capacity') return { kind: 'busy', call };
    if (isEndingOrOver(call)) return { kind: 'hang-up' };
    this.tokens.record(call.id, MEDIA_TOKEN_MS);
    return { kind: 'stream', callId: call.id, mediaToken };
  }

  /** Admits the call, which takes up capacity from now on, before its media socket opens. */
  async #admit(tx: Transaction, call: Call): Promise<Call> {
    if (!(await this.capacity.isExhausted(tx, call.id))) return call;
    return (await this.endCall.within(tx, call, 'no-capacity', new Date())) ?? call;
  }
}
