import { Logger } from '@nestjs/common';
import { durableOf, neutralTexts, SmsReceived } from '@parley/contracts';
import { DataKeys } from '@parley/encryption';
import type { ConversationId, MessageId, TurnId } from '@parley/kernel';
import { parseE164 } from '@parley/kernel';
import type { LocalPostgres } from '@parley/local-stack';
import { JetStreamPublisher, MessageCodec, NatsLink, RpcClient, Topology } from '@parley/messaging';
import {
  Database,
  DuePoll,
  Inbox,
  migrate,
  Outbox,
  OutboxRelay,
  persistenceTimes,
  Transactions,
} from '@parley/persistence';
import { scaled } from '@parley/resilience';
import { newId } from '@parley/service-kit';
import { postgresForTests as emptyPostgres } from '@parley/testing';
import { onTestFinished } from 'vitest';
import { PostgresAgentReader } from '../agents/adapters/postgres-agent-reader.js';
import { AgentSeeding } from '../agents/adapters/postgres-agent-seeding.js';
import type { AgentSeed } from '../agents/agent-seed.js';
import { VoiceSettings } from '../agents/voice-settings.js';
import { PostgresCallLog } from '../calls/adapters/postgres-call-log.js';
import { KeepCallsLeased } from '../calls/keep-calls-leased.js';
import { MergeTurns } from '../calls/merge-turns.js';
import { OpenCall } from '../calls/open-call.js';
import { RecordCallState } from '../calls/record-call-state.js';
import { RecordSpokenTurn } from '../calls/record-spoken-turn.js';
import { TakeSpokenTurn } from '../calls/take-spoken-turn.js';
import { phoneColumns } from '../conversations/adapters/phone-columns.js';
import { PostgresConversationLog } from '../conversations/adapters/postgres-conversation-log.js';
import { PostgresConversationReader } from '../conversations/adapters/postgres-conversation-reader.js';
import { AppendInbound } from '../conversations/append-inbound.js';
import { AppendOutside } from '../conversations/append-outside.js';
import { OpenThread } from '../conversations/open-thread.js';
import { RecordLoop } from '../conversations/record-loop.js';
import { RecordConsent } from '../conversations/record-consent.js';
import { RecordSmsStatus } from '../conversations/record-sms-status.js';
import { migrations } from '../migrations/index.js';
import type { LanguageModel } from '../model/language-model.js';
import { recoveryTimes } from '../recovery-times.js';
import { PostgresTurnSteps } from '../tools/adapters/postgres-turn-steps.js';
import { ComposeReply } from '../tools/compose-reply.js';
import { SendSmsTool } from '../tools/send-sms.tool.js';
import type { Tool } from '../tools/tool.js';
import { Toolbox } from '../tools/toolbox.js';
import { UseTool } from '../tools/use-tool.js';
import { PostgresLanes } from '../turns/adapters/postgres-lanes.js';
import { AskModel, type CallPolicy } from '../turns/ask-model.js';
import { ClaimTurns } from '../turns/claim-turns.js';
import { DueTurns } from '../turns/due-turns.js';
import { EndTurn } from '../turns/end-turn.js';
import { HeldTurns } from '../turns/held-turns.js';
import { NoteToolUse } from '../turns/note-tool-use.js';
import { TakeTurn } from '../turns/take-turn.js';
import { TurnBell } from '../turns/turn-bell.js';
import { aloud, turnPolicy, type TurnPolicy } from '../turns/turn-policy.js';

Logger.overrideLogger(false);

const keys = DataKeys.parse(`k1:${Buffer.alloc(32, 1).toString('base64')}`);
const codec = new MessageCodec(keys);
/** Quick to look and to renew; but a lease runs out only where a spec lets it, however long this machine stalls. */
const times = {
  ...scaled({ ...persistenceTimes, ...recoveryTimes }, 0.05),
  leaseMs: recoveryTimes.leaseMs,
  callLaneSilentMs: recoveryTimes.callLaneSilentMs,
};
/** People are waited for but a moment; what drops a draft is as it is. */
const impatientPolicy: TurnPolicy = {
  ...turnPolicy,
  bursts: { ...turnPolicy.bursts, quietMs: quietAfter(10) },
};

export function quietAfter(ms: number): TurnPolicy['bursts']['quietMs'] {
  return { sms: ms, web: ms, voice: 0 };
}

/** What runs on an empty database, until the test ends. NATS is away: what would go out stays in the outbox. */
export async function givenOrchestrator(
  postgres: LocalPostgres,
  changes: Partial<TurnPolicy> = {},
  tools: ToolsForTests = {},
) {
  const policy = { ...impatientPolicy, ...changes };
  migrated ??= migratedService(postgres);
  const service = await migrated;
  const first = await connectedReplica(service, policy, tools);
  for (const table of TABLES) await first.database.rows(`DELETE FROM ${table}`);
  await first.seedAgents([someAgent()]);
  await first.database.rows('UPDATE agent SET tools = $1::jsonb', [JSON.stringify(tools.allowed ?? [])]);
  await first.database.rows('DELETE FROM outbox');
  return {
    ...first,
    /** Another process of the service on the same database. */
    anotherReplica: () => connectedReplica(service, policy, tools),
    read: readingFrom(first.database),
  };
}

/** What the agent may use, tools of a spec beside the real ones, and who answers for the gateway. */
export interface ToolsForTests {
  allowed?: readonly string[];
  more?: readonly Tool[];
  rpc?: RpcClient;
}

/** What references comes before what is referenced. */
const TABLES = [
  'turn_step',
  'message',
  'call_turn',
  'call',
  'lane',
  'thread',
  'conversation',
  'identity',
  'contact',
  'agent_number',
  'agent',
  'outbox',
  'inbox',
];

/** One database for one spec file, whose tests run one after the other. */
let migrated: Promise<Service> | undefined;

/** An empty Postgres for one spec file. */
export async function postgresForTests(): ReturnType<typeof emptyPostgres> {
  migrated = undefined;
  return emptyPostgres();
}

async function migratedService(postgres: LocalPostgres): Promise<Service> {
  const adminUrl = await postgres.createDatabase('orchestrator');
  const service = {
    service: 'agent-orchestrator',
    schema: 'orchestrator',
    adminUrl,
    databaseUrl: Object.assign(new URL(adminUrl), { username: 'orchestrator', password: 'secret' }).href,
    migrations,
  };
  await migrate(service);
  return service;
}

/** The default agent, unless it is said otherwise. */
export function someAgent(more: Partial<AgentSeed> = {}): AgentSeed {
  return {
    key: 'demo',
    name: 'Demo',
    systemPrompt: 'You are kind.',
    isDefault: true,
    numbers: [],
    callerIdTrust: 'attested',
    tools: [],
    voice: VoiceSettings.parse({}),
    texts: neutralTexts(['en']),
    ...more,
  };
}

type Service = ConstructorParameters<typeof Database>[0];

async function connectedReplica(service: Service, policy: TurnPolicy, tools: ToolsForTests) {
  const database = new Database(service);
  onTestFinished(() => database.close());
  await database.connect();
  const link = new NatsLink({ name: 'agent-orchestrator', url: 'nats://127.0.0.1:1' });
  const publisher = new JetStreamPublisher(link, new Topology(1));
  const poll = new DuePoll(database, times);
  const relay = new OutboxRelay(service.service, database, publisher, link, times, poll);
  const outbox = new Outbox(service.service, codec, relay);
  const transactions = new Transactions(database);
  const inbox = new Inbox();
  const bell = new TurnBell(link);
  const log = new PostgresConversationLog(database, phoneColumns(keys));
  const openThread = new OpenThread(transactions, outbox, log);
  const lanes = new PostgresLanes(database, times);
  const endTurn = new EndTurn(transactions, lanes, outbox, bell, policy);
  const claimTurns = new ClaimTurns(transactions, lanes, outbox);
  const calls = new PostgresCallLog(database, phoneColumns(keys), times);
  const seeding = new AgentSeeding(keys, new Outbox(service.service, codec));
  const openCall = new OpenCall(transactions, outbox, calls);
  const mergeTurns = new MergeTurns(calls, outbox, bell);
  const steps = new PostgresTurnSteps(database);
  const rpc = tools.rpc ?? new RpcClient(link);
  const sendSms = new SendSmsTool(log, rpc, outbox, policy);
  const toolbox = new Toolbox([sendSms, ...(tools.more ?? [])]);
  const composeWith = (
    model: LanguageModel,
    within: CallPolicy & Omit<ReturnType<typeof aloud>, keyof CallPolicy>,
  ) => {
    const useTool = new UseTool(toolbox, steps, transactions, within);
    return new ComposeReply(new AskModel(model, within), toolbox, useTool, within);
  };
  const noteToolUse = new NoteToolUse(transactions, lanes, steps, policy);
  const takeSpokenTurnWith = (model: LanguageModel) =>
    new TakeSpokenTurn(
      transactions,
      calls,
      openCall,
      mergeTurns,
      steps,
      composeWith(model, aloud(policy)),
      policy,
    );
  const takeTurnWith = (model: LanguageModel) =>
    new TakeTurn(lanes, steps, composeWith(model, policy), noteToolUse, endTurn, policy);
  return {
    database,
    transactions,
    agentSeeding: seeding,
    /** As the migration step does it. */
    seedAgents: (agents: readonly AgentSeed[]) => transactions.run((tx) => seeding.execute(tx, agents)),
    agents: () => new PostgresAgentReader(keys, database).agents(),
    lanes,
    endTurn,
    noteToolUse,
    claimTurns,
    appendInbound: new AppendInbound(transactions, inbox, outbox, log, openThread, bell),
    appendOutside: new AppendOutside(transactions, inbox, outbox, log, openThread, rpc),
    recordConsent: new RecordConsent(transactions, inbox, outbox, log),
    recordLoop: new RecordLoop(transactions, inbox, outbox, log),
    log,
    recordSmsStatus: new RecordSmsStatus(transactions, inbox, outbox, log),
    reader: new PostgresConversationReader(database),
    takeTurnWith,
    takeSpokenTurnWith,
    keepCallsLeased: new KeepCallsLeased(calls, times),
    recordCallState: new RecordCallState(transactions, inbox, outbox, calls, openCall, bell),
    recordSpokenTurn: new RecordSpokenTurn(transactions, inbox, calls, openCall, mergeTurns),
    /** The whole loop, started; the test stops it. */
    dueTurnsWith: (model: LanguageModel) => {
      const heldTurns = new HeldTurns(lanes, times, policy);
      const dueTurns = new DueTurns(
        claimTurns,
        takeTurnWith(model),
        endTurn,
        heldTurns,
        bell,
        policy,
        poll,
        lanes,
      );
      heldTurns.onApplicationBootstrap();
      dueTurns.onApplicationBootstrap();
      return {
        stop: async () => {
          await dueTurns.beforeApplicationShutdown();
          await heldTurns.onApplicationShutdown();
        },
      };
    },
  };
}

/** A text as the gateway tells of it. */
export function someSms(sms: Partial<SmsReceived> = {}): SmsReceived {
  return {
    threadId: newId('thr'),
    threadSeq: 1,
    lineId: newId('line'),
    from: parseE164('+15550100001')!,
    text: 'Hello',
    media: [],
    providerMessageId: `SM${newId('msg')}`,
    receivedAt: new Date().toISOString(),
    ...sms,
  };
}

/** One delivery of it. */
export function someDelivery({ isStale = false } = {}) {
  return { consumer: durableOf(SmsReceived, 'agent-orchestrator'), eventId: newId('evt'), isStale };
}

export interface MessageRow {
  id: MessageId;
  seq: number;
  kind: string;
  text: string;
  status: string;
  turn_id: TurnId | null;
  heard_text: string | null;
}

export interface EventRow {
  conversation: ConversationId;
  sequence: number;
  type: string;
  /** The transaction that wrote it. */
  xid: string;
  data: Record<string, unknown>;
}

function readingFrom(database: Database) {
  return {
    messages: () =>
      database.rows<MessageRow>(
        'SELECT id, seq, kind, text, status, turn_id, heard_text FROM message ORDER BY conversation_id, seq',
      ),
    lanes: () => database.rows<Record<string, unknown>>('SELECT * FROM lane ORDER BY id'),
    /** What would be told of agents; numbers are sealed in it. */
    agentFacts: () =>
      database.rows<Record<string, unknown> & { subject: string }>(
        `SELECT data.*, subject FROM outbox, LATERAL jsonb_to_record(convert_from(payload, 'UTF8')::jsonb)
           AS data ("agentId" text, version int, name text, "isDefault" boolean, numbers text, "isRemoved" boolean)
         WHERE subject LIKE 'int.agent.changed.%' ORDER BY outbox.id`,
      ),
    count: async (table: string) =>
      (await database.rows<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`))[0]!.n,
    /** What would be published for anyone, in the order of each conversation's own numbers. */
    events: () =>
      database.rows<EventRow>(
        `SELECT ordering_key AS conversation, (headers->>'ce-conversationsequence')::int AS sequence,
                headers->>'ce-type' AS type, xmin::text AS xid, convert_from(payload, 'UTF8')::jsonb AS data
         FROM outbox WHERE subject LIKE 'evt.%' ORDER BY 1, 2`,
      ),
    sends: () =>
      database.rows<{ subject: string }>(`SELECT subject FROM outbox WHERE subject LIKE 'cmd.sms.send.%'`),
    /** What each send command says goes out before it on its thread. */
    follows: () =>
      database.rows<{ messageId: string; follows: string | null }>(
        `SELECT data->>'messageId' AS "messageId", data->>'follows' AS follows
         FROM outbox, LATERAL (SELECT convert_from(payload, 'UTF8')::jsonb AS data) AS told
         WHERE subject LIKE 'cmd.sms.send.%' ORDER BY id`,
      ),
    steps: () =>
      database.rows<{
        turn_id: TurnId;
        place: number;
        effect_id: string;
        tool: string;
        result: string | null;
      }>('SELECT turn_id, place, effect_id, tool, result FROM turn_step ORDER BY turn_id, place'),
    /** As time would do it. */
    letLeasesRunOut: () =>
      database.rows(
        `UPDATE lane SET lease_until = clock_timestamp() - interval '1 s' WHERE lease_token IS NOT NULL`,
      ),
  };
}
