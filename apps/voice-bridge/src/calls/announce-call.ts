import { Injectable } from '@nestjs/common';
import { CallStateChanged } from '@parley/contracts';
import { Outbox, type Transaction } from '@parley/persistence';
import { type Call, type IncomingCall, originOf } from './call.js';
import { type AnnouncedCall, CallStore } from './call-store.js';

/** Stores a new call together with the fact that it was initiated; returns a known call unchanged. */
@Injectable()
export class AnnounceCall {
  constructor(
    private readonly calls: CallStore,
    private readonly outbox: Outbox,
  ) {}

  /** @param mediaTokenMs how long from now its media socket may be opened */
  async execute(
    tx: Transaction,
    incoming: IncomingCall,
    agentId: Call['agentId'],
    mediaTokenMs: number,
  ): Promise<AnnouncedCall> {
    const announced = await this.calls.announce(tx, incoming, agentId, mediaTokenMs);
    if (!announced.isNew) return announced;
    const occurredAt = incoming.receivedAt.toISOString();
    const data = { ...originOf(announced.call), state: 'initiated' as const, occurredAt };
    await this.outbox.add(tx, { contract: CallStateChanged, data });
    return announced;
  }
}
