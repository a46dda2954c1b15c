import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { RECOVERY_TIMES, type RecoveryTimes, WakeableLoop } from '@parley/persistence';
import { CallStore } from './call-store.js';
import { EndCall } from './end-call.js';

const AT_A_TIME = 50;

/** Ends calls that nobody has heard of for long: no socket, and Twilio's word that they are over got lost. */
@Injectable()
export class SweepCalls implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #loop: WakeableLoop;

  constructor(
    private readonly calls: CallStore,
    private readonly endCall: EndCall,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
  ) {
    const everyMs = times.callSweepMs;
    this.#loop = new WakeableLoop({ name: SweepCalls.name, everyMs, step: () => this.#sweep() });
  }

  onApplicationBootstrap(): void {
    this.#loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.#loop.stop();
  }

  async #sweep(): Promise<void> {
    await this.calls.forgetProcesses(this.times.callSilentMs);
    for (const callId of await this.calls.silentFor(this.times.callSilentMs, AT_A_TIME)) {
      await this.endCall.execute({ callId }, 'connection-lost', new Date());
    }
  }
}
