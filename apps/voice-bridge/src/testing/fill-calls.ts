import type { StatementPlans } from '@parley/testing';

export interface CallCounts {
  /** Ended calls, each with a turn and a conversation of its own. */
  readonly past: number;
  /** Live calls, each with an open turn. */
  readonly live: number;
  /** Ended calls with an open turn, because their processes died. */
  readonly abandoned: number;
}

/** Fills the schema `voice` with past and live calls, and with the open turns that crashed processes left. */
export async function fillCalls(plans: StatementPlans, { past, live, abandoned }: CallCounts): Promise<void> {
  await plans.run(
    `INSERT INTO call (id, call_sid, direction, status, attestation, media_token, media_token_expires_at, stream_token,
       stream_no, stream_seen_at, conversation_id, end_reason, started_at, answered_at, ended_at)
     SELECT 'call_' || n, 'CA' || n, 'inbound',
       CASE WHEN n <= ${live} THEN 'answered' WHEN n % 5000 = 0 THEN 'failed' ELSE 'ended' END,
       'none', 'token', at, CASE WHEN n <= ${live} THEN gen_random_uuid() END, 1, at, 'conv_' || n,
       CASE WHEN n > ${live} THEN 'caller-hung-up' END, at, at, CASE WHEN n > ${live} THEN at END
     FROM generate_series(1, ${live + abandoned + past}) AS n,
       LATERAL (SELECT clock_timestamp() - CASE WHEN n > ${live} THEN n ELSE 0 END * interval '1 minute' AS at) AS made`,
  );
  await plans.run(
    `INSERT INTO call_open_turn (call_id, turn_no, turn_id, sealed_turn)
     SELECT 'call_' || n, 1, 'turn_' || n, 'sealed' FROM generate_series(1, ${live + abandoned}) AS n`,
  );
  await plans.run(
    `INSERT INTO call_turn (call_id, turn_no, sealed_record)
     SELECT 'call_' || n, 1, 'sealed' FROM generate_series(${live + abandoned + 1}, ${live + abandoned + past}) AS n`,
  );
  await plans.run('VACUUM (ANALYZE) call, call_open_turn, call_turn');
}
