import { Inject, Injectable } from '@nestjs/common';
import { DuePoll, type PolledLoop } from '@parley/persistence';
import { LoopingService } from '@parley/resilience';
import { RECOVERY_TIMES, type RecoveryTimes } from '../recovery-times.js';
import { CallStore } from './call-store.js';
import { EndCall } from './end-call.js';
import { KeepTurn } from './keep-turn.js';
import { abandonedRecord } from './open-turn.js';
import { TurnStore } from './turn-store.js';

const AT_A_TIME = 50;

/**
 * Ends calls that nobody has heard of for long (no socket, and Twilio's word that they are over got lost), and closes the
 * turns that were under way in a process that died.
 */
@Injectable()
export class SweepCalls extends LoopingService {
  protected override readonly loop: PolledLoop;

  constructor(
    private readonly calls: CallStore,
    private readonly turns: TurnStore,
    private readonly endCall: EndCall,
    private readonly keepTurn: KeepTurn,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
    poll: DuePoll,
  ) {
    super();
    this.loop = poll.loop({
      name: SweepCalls.name,
      dueAt: () => calls.sweepDueAt(times.callSilentMs, times.openTurnSilentMs),
      step: () => this.#sweep(),
    });
  }

  async #sweep(): Promise<void> {
    await this.calls.forgetProcesses(this.times.callSilentMs);
    await this.#endSilentCalls();
    await this.#closeAbandonedTurns();
  }

  async #endSilentCalls(): Promise<void> {
    for (const callId of await this.calls.silentFor(this.times.callSilentMs, AT_A_TIME)) {
      await this.endCall.execute(callId, 'connection-lost', new Date());
    }
  }

  /** What was said and heard when the process of a call died belongs to its record, and to the agent's memory. */
  async #closeAbandonedTurns(): Promise<void> {
    for (const { callId, turn, ...heard } of await this.turns.abandonedFor(
      this.times.openTurnSilentMs,
      AT_A_TIME,
    )) {
      const call = await this.calls.find(callId);
      if (call) await this.keepTurn.execute(call, abandonedRecord(turn, heard, new Date()));
    }
  }
}
