import type { StatementPlans } from '@parley/testing';

/** Inserts old conversations, each with a contact, a thread, a lane without a due turn, and two messages. */
export async function insertOldConversations(plans: StatementPlans, conversations: number): Promise<void> {
  const each = `FROM generate_series(1, ${conversations}) AS n`;
  await plans.run(`INSERT INTO contact (id) SELECT 'ctc_' || n ${each}`);
  await plans.run(
    `INSERT INTO identity (id, contact_id, kind, phone_sealed, phone_index)
     SELECT 'idn_' || n, 'ctc_' || n, 'phone', 'sealed', 'index ' || n ${each}`,
  );
  await plans.run(
    `INSERT INTO conversation (id, contact_id, agent_id, message_seq, event_seq)
     SELECT 'conv_' || n, 'ctc_' || n, (SELECT id FROM agent LIMIT 1), 2, 5 ${each}`,
  );
  await plans.run(
    `INSERT INTO thread (id, contact_id, conversation_id) SELECT 'thr_' || n, 'ctc_' || n, 'conv_' || n ${each}`,
  );
  await plans.run(
    `INSERT INTO lane (id, conversation_id, kind, last_inbound_seq, answered_seq)
     SELECT 'lane_' || n, 'conv_' || n, 'text', 1, 1 ${each}`,
  );
  await plans.run(
    `INSERT INTO message (id, conversation_id, seq, channel, direction, author, kind, text, status, thread_id,
                          provider_message_id, lane_id, answers_through_seq)
     SELECT 'msg_' || n || '_' || seq, 'conv_' || n, seq, 'sms',
            CASE seq WHEN 1 THEN 'inbound' ELSE 'outbound' END, CASE seq WHEN 1 THEN 'contact' ELSE 'agent' END,
            CASE seq WHEN 1 THEN 'inbound' ELSE 'answer' END, 'Hello', CASE seq WHEN 1 THEN 'received' ELSE 'delivered' END,
            'thr_' || n, CASE seq WHEN 1 THEN 'SM' || n END, CASE seq WHEN 2 THEN 'lane_' || n END,
            CASE seq WHEN 2 THEN 1 END
     ${each}, generate_series(1, 2) AS seq`,
  );
  await plans.run('VACUUM (ANALYZE) contact, identity, conversation, thread, lane, message');
}
