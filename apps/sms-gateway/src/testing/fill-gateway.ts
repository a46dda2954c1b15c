import type { StatementPlans } from '@parley/testing';

/**
 * Fills the tables: each person has a thread with one inbound text and one delivered send. The newest sends are unfinished; the
 * oldest are due in the future.
 */
export async function fillGateway(plans: StatementPlans, people: number): Promise<void> {
  const each = `FROM generate_series(1, ${people}) AS n`;
  await plans.run(`INSERT INTO recipient (number_index) SELECT 'index ' || n ${each}`);
  await plans.run(
    `INSERT INTO thread (id, line_id, sealed_number, number_index, recipient_index, last_thread_seq)
     SELECT 'thr_' || n, (SELECT id FROM line LIMIT 1), 'sealed', 'index ' || n, 'index ' || n, 1 ${each}`,
  );
  await plans.run(
    `INSERT INTO inbound_sms (message_sid, thread_id, thread_seq, decision, sealed_params, received_at)
     SELECT 'SM' || n, 'thr_' || n, 1, 'forward', 'sealed', clock_timestamp() ${each}`,
  );
  await plans.run(
    `INSERT INTO send (id, command_id, part, parts, message_id, thread_id, sealed_text, valid_until, not_before,
       is_opt_out_confirmation, status, send_deadline, attempt, provider_sid, provider_status, follow_up_at)
     SELECT 'snd_' || n, 'cmd_' || n, 1, 1, 'msg_' || n, 'thr_' || n, 'sealed', at + interval '1 hour', at, false, status,
       CASE WHEN status <> 'PENDING' THEN at - interval '1 hour' - (${people} - n) * interval '1 minute' END, 1, 'SO' || n,
       CASE status WHEN 'ACCEPTED' THEN CASE WHEN n % 1000 = 0 THEN 'sent' ELSE 'delivered' END END,
       CASE status WHEN 'UNKNOWN' THEN at END
     FROM generate_series(1, ${people}) AS n, LATERAL (
       SELECT clock_timestamp() + CASE WHEN n <= 4000 THEN 30 ELSE 0 END * interval '1 day' AS at,
         CASE WHEN n > ${people} - 60 OR n <= 2000 THEN 'PENDING'
           WHEN n > ${people} - 90 THEN 'SENDING'
           WHEN n > ${people} - 120 OR n <= 4000 THEN 'UNKNOWN'
           ELSE 'ACCEPTED' END AS status
     ) AS made`,
  );
  await plans.run(
    `INSERT INTO reservation (api_key, method, route, idempotency_key, body_index, resource_id, sealed_resource, created_at)
     SELECT 'key', 'POST', '/v1/messages', n::text, 'body', 'msg_r' || n, 'sealed',
       clock_timestamp() - (n % 200) * interval '1 hour' ${each}`,
  );
  await plans.run('VACUUM (ANALYZE) recipient, thread, inbound_sms, send, reservation');
}
