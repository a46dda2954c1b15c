import type { Mutation } from '../mutation.js';

const CALLS = 'apps/voice-bridge/src/calls/adapters/postgres-call-store.ts';
const TURNS = 'apps/voice-bridge/src/calls/adapters/postgres-turn-store.ts';
const CALL_LOG = 'apps/agent-orchestrator/src/channels/voice/log/adapters/postgres-call-log.ts';
const JUDGE = 'libs/core/turn-taking/src/judge-words.ts';
const DEADLINES = 'libs/core/turn-taking/src/deadlines.ts';
const LEDGER = 'apps/voice-bridge/src/session/turn-ledger.ts';
const LOG_TABLES = 'apps/agent-orchestrator/src/migrations/1767225700000-conversation-log.ts';
const CALLS_SPEC = 'apps/voice-bridge/src/calls/calls.int.spec.ts';
const FENCES_SPEC = 'apps/voice-bridge/src/voice.int.spec.ts';
const TURN_TAKING_SPEC = 'libs/core/turn-taking/src/turn-taking.spec.ts';
const STEP_SPEC = 'libs/core/turn-taking/src/step-turn.spec.ts';
const STREAM_FENCES_SPEC = 'apps/voice-bridge/src/calls/stream-fences.int.spec.ts';
const CALL_LANE_SPEC = 'apps/agent-orchestrator/src/channels/voice/log/call-lane.int.spec.ts';
const SPOKEN_TURN_SPEC = 'apps/agent-orchestrator/src/channels/voice/turns/take-spoken-turn.int.spec.ts';
const TEXTS_AND_CALLS_SPEC = 'apps/agent-orchestrator/src/channels/voice/texts-and-calls.int.spec.ts';

const TOKENS = 'apps/voice-bridge/src/calls/issued-tokens';
const TEXT_AFTER_CALL = 'apps/agent-orchestrator/src/channels/voice/log/text-after-call';

/** Calls: which process carries them, who speaks, and what is recorded. */
export const callMutations: readonly Mutation[] = [
  {
    name: 'a process stops while a caller connects to it',
    file: `${TOKENS}.ts`,
    from: 'return awaited.size > 0;',
    to: 'return false;',
    specs: [`${TOKENS}.int.spec.ts`],
  },
  {
    name: 'every call that ends sends an apology by text',
    file: `${TEXT_AFTER_CALL}.ts`,
    from: 'if (!isOver || !isBroken || !contactNumber) return undefined;',
    to: 'if (!isOver || !contactNumber) return undefined;',
    specs: [`${TEXT_AFTER_CALL}.spec.ts`],
  },
  {
    name: 'an old media stream hangs up its successor’s call',
    file: CALLS,
    from: 'AND ($3::uuid IS NULL OR stream_token = $3::uuid)',
    to: 'AND ($3::uuid IS NULL OR true)',
    specs: [FENCES_SPEC],
    tests: 'an old media stream',
  },
  {
    name: 'an old media stream releases its successor’s call',
    file: CALLS,
    from: 'WHERE id = $1 AND stream_token = $2 AND ended_at IS NULL',
    to: 'WHERE id = $1 AND $2::uuid IS NOT NULL AND ended_at IS NULL',
    specs: [FENCES_SPEC],
    tests: 'an old media stream',
  },
  {
    name: 'an old media stream renews its successor’s call',
    file: CALLS,
    from: 'WHERE call.id = held.call_id AND call.stream_token = held.token AND call.ended_at IS NULL',
    to: 'WHERE call.id = held.call_id AND call.ended_at IS NULL',
    specs: [STREAM_FENCES_SPEC],
  },
  {
    name: 'an old media stream writes its turn into its successor’s call',
    file: TURNS,
    from: 'WHERE id = $1 AND stream_token = $2 AND set_config',
    to: 'WHERE id = $1 AND $2::uuid IS NOT NULL AND set_config',
    specs: [STREAM_FENCES_SPEC],
  },
  {
    name: 'a call is ended twice',
    file: CALLS,
    from: `WHERE id = $1 AND ended_at IS NULL
       RETURNING \${COLUMNS}, COALESCE(GREATEST(`,
    to: `WHERE id = $1
       RETURNING \${COLUMNS}, COALESCE(GREATEST(`,
    specs: [CALLS_SPEC],
  },
  {
    name: 'a call that is over is claimed',
    file: CALLS,
    from: "WHERE id = $1 AND call_sid = $2 AND status IN ('initiated', 'ringing', 'answered')",
    to: 'WHERE id = $1 AND call_sid = $2',
    specs: [STREAM_FENCES_SPEC],
  },
  {
    name: 'the lane of a call that is over is held',
    file: CALL_LOG,
    from: `WHERE call.state NOT IN ('ended', 'failed')
    FOR SHARE OF call`,
    to: 'FOR SHARE OF call',
    specs: [CALL_LANE_SPEC],
  },
  {
    name: 'any token holds a call’s lane',
    file: CALL_LOG,
    from: 'AND (lane.lease_token IS NULL OR lane.lease_token = held.lane_token)',
    to: '',
    specs: [CALL_LANE_SPEC],
  },
  {
    name: 'a turn of a call is merged twice',
    file: CALL_LOG,
    from: `WHERE call_turn.merged_at IS NULL
       RETURNING texts_through_seq`,
    to: 'RETURNING texts_through_seq',
    specs: [SPOKEN_TURN_SPEC],
  },
  {
    name: 'a turn of a call stands in the log twice',
    file: LOG_TABLES,
    from: 'CREATE UNIQUE INDEX message_once_per_call_turn',
    to: 'CREATE INDEX message_once_per_call_turn',
    specs: ['apps/agent-orchestrator/src/conversations/unique-keys.int.spec.ts'],
  },
  {
    name: 'a text that the call answered is answered by SMS too',
    file: CALL_LOG,
    from: 'turn_due_at = CASE WHEN NOT all_are THEN lane.turn_due_at END,',
    to: 'turn_due_at = lane.turn_due_at,',
    specs: [TEXTS_AND_CALLS_SPEC],
  },
  {
    name: 'an entry of the ledger is dropped before it is acknowledged',
    file: LEDGER,
    from: 'turnNo > throughTurnNo',
    to: 'turnNo > throughTurnNo + 1',
    specs: ['apps/voice-bridge/src/session/call-session.int.spec.ts'],
  },
  {
    name: 'a backchannel takes the turn',
    file: JUDGE,
    from: "if (!around.hasAsked && isBackchannel(own, policy.backchannels)) return 'backchannel';",
    to: '',
    specs: [TURN_TAKING_SPEC, STEP_SPEC],
  },
  {
    name: '"yes" to a question is a backchannel',
    file: JUDGE,
    from: 'if (!around.hasAsked && isBackchannel',
    to: 'if (isBackchannel',
    specs: [TURN_TAKING_SPEC, STEP_SPEC],
  },
  {
    name: 'our own voice interrupts us',
    file: JUDGE,
    from: "if (own.length < words.length && own.length < policy.minWordsBesideEcho) return 'echo';",
    to: '',
    specs: [TURN_TAKING_SPEC, STEP_SPEC],
  },
  {
    name: 'one word interrupts',
    file: JUDGE,
    from: "return own.length < policy.minWords ? 'too-few-words' : 'interrupts';",
    to: "return 'interrupts';",
    specs: [TURN_TAKING_SPEC, STEP_SPEC],
  },
  {
    name: 'a silent caller is reprompted for ever',
    file: DEADLINES,
    from: 'live.reprompts < policy.maxReprompts',
    to: 'live.reprompts <= policy.maxReprompts',
    specs: [TURN_TAKING_SPEC, STEP_SPEC],
  },
  {
    name: 'a filler plays while the caller speaks',
    file: DEADLINES,
    from: "agent.kind === 'answering' && person.kind === 'quiet' ? fillerAtMs",
    to: "agent.kind === 'answering' ? fillerAtMs",
    specs: [TURN_TAKING_SPEC, STEP_SPEC],
  },
  {
    name: 'a call is ended the first time that it looks silent',
    file: 'apps/voice-bridge/src/calls/sweep-calls.ts',
    from: 'if (nowMs - sinceMs < confirmMs) suspectedSinceMs.set(sign, sinceMs);',
    to: 'if (nowMs < sinceMs) suspectedSinceMs.set(sign, sinceMs);',
    specs: ['apps/voice-bridge/src/calls/sweep-calls.spec.ts'],
  },
  {
    name: 'a call that was renewed between two looks is ended',
    file: 'apps/voice-bridge/src/calls/sweep-calls.ts',
    from: 'const sign = `${silent.callId} ${silent.seenAt.getTime()}`;',
    to: 'const sign: string = silent.callId;',
    specs: ['apps/voice-bridge/src/calls/sweep-calls.spec.ts'],
  },
];
