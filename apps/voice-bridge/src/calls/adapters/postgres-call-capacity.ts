import { Inject, Injectable } from '@nestjs/common';
import type { CallId } from '@parley/kernel';
import { rows, type Transaction } from '@parley/persistence';

import { RECOVERY_TIMES, type RecoveryTimes } from '../../recovery-times.js';
import { CallCapacity } from '../call-capacity.js';
import { ThisProcess } from '../this-process.js';

@Injectable()
export class PostgresCallCapacity extends CallCapacity {
  constructor(
    private readonly process: ThisProcess,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
  ) {
    super();
  }

  /**
   * Returns whether the other calls take up all capacity. The capacity of this process counts even if its row is old.
   */
  async isExhausted(tx: Transaction, besides: CallId): Promise<boolean> {
    await rows(tx, `SELECT pg_advisory_xact_lock(hashtextextended('voice.capacity', 0))`);
    const [found] = await rows<{ isTakenUp: boolean }>(
      tx,
      `WITH times AS (SELECT clock_timestamp() - $4 * interval '1 millisecond' AS silent_since)
       SELECT (SELECT count(*) FROM call, times
               WHERE ended_at IS NULL AND id <> $1
                 AND (stream_token IS NOT NULL AND stream_seen_at > silent_since
                   OR stream_no = 0 AND status <> 'ending' AND media_token_expires_at > clock_timestamp()))
         >= $3::integer + (SELECT COALESCE(sum(max_calls), 0) FROM bridge_process, times
                           WHERE id <> $2 AND seen_at > silent_since) AS "isTakenUp"`,
      [besides, this.process.id, this.process.maxCalls, this.times.processSilentMs],
    );
    return found!.isTakenUp;
  }
}
