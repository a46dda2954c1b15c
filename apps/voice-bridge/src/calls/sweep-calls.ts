import { Inject, Injectable } from '@nestjs/common';
import { DuePoll, type PolledLoop } from '@parley/persistence';
import { LoopingService } from '@parley/resilience';
import { RECOVERY_TIMES, type RecoveryTimes } from '../recovery-times.js';
import { CallStore, type HeldStream, type SilenceLimits, type SilentCall } from './call-store.js';
import { EndCall } from './end-call.js';
import { RecordTurn } from './record-turn.js';
import { abandonedRecord } from './open-turn.js';
import { type AbandonedTurn, TurnStore } from './turn-store.js';

const AT_A_TIME = 50;
/** A live process renews its call this many times between the two queries that end a silent call. */
const RENEWALS_MISSED = 2;

/**
 * Ends the calls of processes that died, and calls whose final status report was lost. Closes the turns that dead processes
 * left open.
 */
@Injectable()
export class SweepCalls extends LoopingService {
  protected override readonly loop: PolledLoop;
  readonly #limits: SilenceLimits;
  /** When this process first found a call silent, keyed by the call and its last renewal. */
  #suspectedSinceMs: ReadonlyMap<string, number> = new Map();

  constructor(
    private readonly calls: CallStore,
    private readonly turns: TurnStore,
    private readonly endCall: EndCall,
    private readonly recordTurn: RecordTurn,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
    poll: DuePoll,
  ) {
    super();
    this.#limits = { carriedMs: times.processSilentMs, waitingMs: times.callSilentMs };
    this.loop = poll.loop({
      name: SweepCalls.name,
      dueAt: () => calls.sweepDueAt(this.#limits, times.openTurnSilentMs),
      step: () => this.#sweep(),
    });
  }

  async #sweep(): Promise<number | void> {
    await this.calls.forgetProcesses(this.times.callSilentMs);
    const nextMs = await this.#endSilentCalls();
    await this.#closeAbandonedTurns();
    return nextMs;
  }

  /**
   * Ends a call that is still silent at a second query. After an outage of Postgres every call is silent at the first
   * query, and then its process renews the call before the second query.
   */
  async #endSilentCalls(): Promise<number | void> {
    const nowMs = performance.now();
    const confirmMs = RENEWALS_MISSED * this.times.streamRenewIdleMs;
    const suspectedSinceMs = new Map<string, number>();
    for (const silent of await this.calls.silentFor(this.#limits, AT_A_TIME)) {
      const sign = `${silent.callId} ${silent.seenAt.getTime()}`;
      const sinceMs = this.#suspectedSinceMs.get(sign) ?? nowMs;
      if (nowMs - sinceMs < confirmMs) suspectedSinceMs.set(sign, sinceMs);
      else await this.#end(silent);
    }
    this.#suspectedSinceMs = suspectedSinceMs;
    return suspectedSinceMs.size > 0 ? confirmMs : undefined;
  }

  async #end({ callId, streamToken }: SilentCall): Promise<void> {
    const stream = streamToken === undefined ? undefined : { callId, streamToken };
    await this.endCall.execute(callId, 'connection-lost', new Date(), stream);
    await this.#close(await this.turns.openOf(callId), stream);
  }

  /** Records the words that were said and heard before a process died, for the transcript and for later prompts. */
  async #closeAbandonedTurns(): Promise<void> {
    await this.#close(await this.turns.abandonedFor(this.times.openTurnSilentMs, AT_A_TIME));
  }

  /** @param stream the media stream that carried the turns; a newer stream closes its own */
  async #close(abandoned: readonly AbandonedTurn[], stream?: HeldStream): Promise<void> {
    for (const { callId, turn, ...heard } of abandoned) {
      const call = await this.calls.find(callId);
      if (call) await this.recordTurn.execute(call, abandonedRecord(turn, heard, new Date()), stream);
    }
  }
}
