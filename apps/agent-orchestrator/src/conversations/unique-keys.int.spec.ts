import { newId } from '@parley/service-kit';
import { constraintThatRefusesCopy } from '@parley/testing';
import { expect, it } from 'vitest';
import { someCall, someRecord } from '../testing/a-call.js';
import { givenOrchestrator, someReceipt, someSms } from '../testing/orchestrator.js';
import { withPostgres } from '../testing/servers.js';

withPostgres();

const message = (more: Record<string, unknown>) => ({ id: newId('msg'), seq: 1_000, ...more });

/** For each unique key: a table, the row to copy, and new values for its other unique columns. */
const copies = [
  [
    'a number of a message in its conversation',
    'message',
    'true',
    { id: newId('msg'), provider_message_id: null },
  ],
  ['a provider’s id of a text', 'message', `channel = 'sms'`, message({})],
  ['an answer to the same texts', 'message', `kind = 'answer'`, message({ provider_message_id: null })],
  ['a message of a turn of a call', 'message', `call_id IS NOT NULL`, message({})],
  ['a turn of a call', 'call_turn', 'true', {}],
  ['a lane of two calls', 'call', 'true', { id: newId('call') }],
  ['a text lane of a conversation', 'lane', `kind = 'text'`, { id: newId('lane') }],
  ['an open conversation of a contact with an agent', 'conversation', 'true', { id: newId('conv') }],
  ['a phone of two contacts', 'identity', 'true', { id: newId('idn') }],
  ['a tool’s position in a turn', 'turn_step', 'true', { effect_id: newId('req') }],
  ['a tool’s effect', 'turn_step', 'true', { place: 2 }],
  ['a key of an agent', 'agent', 'true', { id: newId('agt'), is_default: false }],
  ['a default agent', 'agent', 'is_default', { id: newId('agt'), key: 'another' }],
  ['a number of two agents', 'agent_number', 'true', { id: newId('num') }],
  ['an event in the outbox', 'outbox', 'true', { id: 1_000_000 }],
  ['an event of one consumer', 'inbox', 'true', {}],
] as const;

it('the unique keys of the orchestrator’s tables refuse a second copy of a row', async () => {
  const { database, receiveSms, recordSpokenTurn } = await givenOrchestrator();
  await receiveSms(someSms(), someReceipt());
  await recordSpokenTurn.execute(someCall().fact(someRecord(1, 'Hi', 'Hello!')), someReceipt());
  await database.rows(
    `INSERT INTO message (id, conversation_id, seq, channel, direction, author, kind, text, status, lane_id,
                          answers_through_seq)
     SELECT 'msg_answer', conversation_id, 100, 'sms', 'outbound', 'agent', 'answer', 'Hello!', 'queued', id, 1
     FROM lane WHERE kind = 'text'`,
  );
  await database.rows(
    `INSERT INTO turn_step (turn_id, place, conversation_id, effect_id, tool, input, model_call_id, said)
     SELECT 'turn_1', 1, id, 'effect_1', 'send_sms', '{}', 'call_1', '' FROM conversation`,
  );
  await database.rows(
    `INSERT INTO agent_number (id, agent_id, phone_sealed, phone_index) SELECT 'num_1', id, 'x', 'x' FROM agent`,
  );
  const query = database.rows.bind(database);
  const refusals: [string, string | undefined][] = [];
  for (const [what, table, where, changes] of copies)
    refusals.push([what, await constraintThatRefusesCopy(query, { table, where, changes })]);
  expect(Object.fromEntries(refusals)).toEqual({
    'a number of a message in its conversation': 'message_conversation_id_seq_key',
    'a provider’s id of a text': 'message_once_per_provider_id',
    'an answer to the same texts': 'message_one_answer',
    'a message of a turn of a call': 'message_once_per_call_turn',
    'a turn of a call': 'call_turn_pkey',
    'a lane of two calls': 'call_lane_id_key',
    'a text lane of a conversation': 'lane_one_text',
    'an open conversation of a contact with an agent': 'conversation_one_open',
    'a phone of two contacts': 'identity_kind_phone_index_key',
    'a tool’s position in a turn': 'turn_step_pkey',
    'a tool’s effect': 'turn_step_effect_id_key',
    'a key of an agent': 'agent_key_key',
    'a default agent': 'agent_one_default',
    'a number of two agents': 'agent_number_phone_index_key',
    'an event in the outbox': 'outbox_event_id_key',
    'an event of one consumer': 'inbox_pkey',
  });
});
