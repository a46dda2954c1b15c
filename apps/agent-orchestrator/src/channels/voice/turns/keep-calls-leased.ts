import { Injectable, Logger } from '@nestjs/common';
import { Inject } from '@nestjs/common';
import type { CallAlive } from '@parley/contracts';
import { Batcher } from '@parley/resilience';
import { RECOVERY_TIMES, type RecoveryTimes } from '../../../recovery-times.js';
import { CallLog } from '../log/call-log.js';

const MAX_CALLS = 1_000;

/** Writes down the signs of life of calls, many in one statement, so that their lanes stay leased. */
@Injectable()
export class KeepCallsLeased {
  readonly #logger = new Logger(KeepCallsLeased.name);
  readonly #batcher: Batcher<CallAlive, undefined>;

  constructor(calls: CallLog, @Inject(RECOVERY_TIMES) times: RecoveryTimes) {
    this.#batcher = new Batcher<CallAlive, undefined>({
      gatherMs: times.callLeaseFlushMs,
      maxItems: MAX_CALLS,
      work: async (heard) => {
        await calls.renew(heard);
        return heard.map(() => undefined);
      },
    });
  }

  /** One that is lost is followed by another. */
  hear(call: CallAlive): void {
    this.#batcher.add(call).catch((error: unknown) => {
      this.#logger.warn({ callId: call.callId, error: String(error) }, 'a sign of life was not written down');
    });
  }
}
