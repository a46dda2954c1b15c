import { Injectable, Logger } from '@nestjs/common';
import { Inject } from '@nestjs/common';
import type { CallAlive } from '@parley/contracts';
import { Batcher } from '@parley/resilience';
import { RECOVERY_TIMES, type RecoveryTimes } from '../../../recovery-times.js';
import { CallLog } from '../log/call-log.js';

const MAX_CALLS = 1_000;

/** Renews the lane leases of calls that the voice-bridge reports as alive, many calls in one statement. */
@Injectable()
export class RenewCallLeases {
  readonly #logger = new Logger(RenewCallLeases.name);
  readonly #batcher: Batcher<CallAlive, undefined>;

  constructor(calls: CallLog, @Inject(RECOVERY_TIMES) times: RecoveryTimes) {
    this.#batcher = new Batcher<CallAlive, undefined>({
      gatherMs: times.callLeaseFlushMs,
      maxItems: MAX_CALLS,
      work: async (alive) => {
        await calls.renew(alive);
        return alive.map(() => undefined);
      },
    });
  }

  /**
   * Starts the renewal and returns at once. A failure is only logged, because the next `CallAlive` message renews the
   * lease.
   */
  execute(call: CallAlive): void {
    this.#batcher.add(call).catch((error: unknown) => {
      this.#logger.warn(
        { callId: call.callId, error: String(error) },
        "The lease of a call's lane was not renewed; the call's next sign of life will renew it",
      );
    });
  }
}
