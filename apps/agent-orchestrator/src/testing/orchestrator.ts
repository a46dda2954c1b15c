import { Logger, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { durableOf, defaultAgentTexts, SmsReceived, type WebMessageReceived } from '@parley/contracts';
import { DataKeys } from '@parley/encryption';
import { parseE164 } from '@parley/kernel';
import { waitUntil } from '@parley/local-stack';
import { connectMessaging, MessageCodec, NatsLink } from '@parley/messaging';
import { Database, Outbox, Transactions } from '@parley/persistence';
import { scaleTimes } from '@parley/resilience';
import { createLogger, createServiceApp, newId, parseEnv } from '@parley/service-kit';
import { onTestFinished } from 'vitest';
import { AgentSeeding } from '../agents/adapters/postgres-agent-seeding.js';
import { AgentReader } from '../agents/agent-reader.js';
import type { AgentSeed } from '../agents/agent-seed.js';
import { VoiceSettings } from '../agents/voice-settings.js';
import { FindTextAddress } from '../channels/sms/find-text-address.js';
import { RecordConsent } from '../channels/sms/record-consent.js';
import { RecordLoop } from '../channels/sms/record-loop.js';
import { SendSmsTool } from '../channels/sms/send-sms.tool.js';
import { SMS_QUIET_MS } from '../channels/sms/sms-channel.js';
import { receivedMessage } from '../channels/sms/sms-received.consumer.js';
import { RecordCallState } from '../channels/voice/log/record-call-state.js';
import { RecordSpokenTurn } from '../channels/voice/log/record-spoken-turn.js';
import { RenewCallLeases } from '../channels/voice/turns/renew-call-leases.js';
import { TakeSpokenTurn } from '../channels/voice/turns/take-spoken-turn.js';
import { ChatReader } from '../channels/web/chat-reader.js';
import { receivedWebMessage } from '../channels/web/web-message-received.consumer.js';
import { AppendInbound } from '../conversations/append-inbound.js';
import { AppendOperatorMessage } from '../conversations/append-operator-message.js';
import { LinkIdentity } from '../contacts/link-identity.js';
import { UnlinkIdentity } from '../contacts/unlink-identity.js';
import { ConversationLog } from '../conversations/conversation-log.js';
import { ConversationReader } from '../conversations/conversation-reader.js';
import { RecordMessageStatus } from '../conversations/record-message-status.js';
import { LanguageModel } from '../model/language-model.js';
import { OrchestratorEnv } from '../orchestrator.env.js';
import { OrchestratorModule, SERVICE } from '../orchestrator.module.js';
import { RECOVERY_TIMES, recoveryTimes } from '../recovery-times.js';
import type { Tool } from '../replies/tool.js';
import { Toolbox } from '../replies/toolbox.js';
import { FollowVerification } from '../intents/follow-verification.js';
import { ClaimTurns } from '../turns/claim-turns.js';
import { DueTurns } from '../turns/due-turns.js';
import { EndTurn } from '../turns/end-turn.js';
import { HeldTurns } from '../turns/held-turns.js';
import { Lanes } from '../turns/lanes.js';
import { RecordToolUse } from '../turns/record-tool-use.js';
import { TakeTurn } from '../turns/take-turn.js';
import { TEXT_TURN_POLICY, textTurnPolicy, type TextTurnPolicy } from '../turns/text-turn-policy.js';
import { PublishVerification } from '../verifications/publish-verification.js';
import { tableReader } from './read-log.js';
import { ModelPerTest } from './scripted-model.js';
import { orchestratorDatabase } from './servers.js';

Logger.overrideLogger(false);

const DATA_KEYS = `k1:${Buffer.alloc(32, 1).toString('base64')}`;
const RECOVERY_TIME_SCALE = 0.05;
/** Polls and renewals are frequent, but a lease ends only when a spec ends it, even on a slow machine. */
const lastingLeases = {
  ...scaleTimes(recoveryTimes, RECOVERY_TIME_SCALE),
  leaseMs: recoveryTimes.leaseMs,
  callLaneSilentMs: recoveryTimes.callLaneSilentMs,
};
/** Shortens the quiet time. Newer texts supersede turns as in production. */
const impatientPolicy: TextTurnPolicy = {
  ...textTurnPolicy,
  bursts: { ...textTurnPolicy.bursts, quietTimeScale: quietTimeScaleFor(10) },
};

/** Returns the `quietTimeScale` with which the quiet time of SMS is this long. */
export function quietTimeScaleFor(ms: number): number {
  return ms / SMS_QUIET_MS;
}

/** The parts of the service that a spec replaces. */
export interface Changes {
  policy?: Partial<TextTurnPolicy>;
  /** The names of the tools that the agent may use. */
  allowed?: readonly string[];
  /** Tools in addition to the real ones. */
  more?: readonly Tool[];
  /** A running NATS; without it, none is reachable. */
  natsUrl?: string;
}

/**
 * Creates the orchestrator's module on an empty database, until the test ends. Its loops and consumers do not
 * run, so messages stay in the outbox.
 */
export async function givenOrchestrator(changes: Changes = {}) {
  const databaseUrl = await orchestratorDatabase();
  const first = await givenReplica(databaseUrl, changes);
  for (const table of TABLES) await first.database.rows(`DELETE FROM ${table}`);
  await first.seedAgents([someAgent()]);
  await first.database.rows('UPDATE agent SET tools = $1::jsonb', [JSON.stringify(changes.allowed ?? [])]);
  await first.database.rows('DELETE FROM outbox');
  return {
    ...first,
    /** Another process of the service on the same database. */
    anotherReplica: () => givenReplica(databaseUrl, changes),
    databaseUrl,
    read: tableReader(first.database),
  };
}

/** The tables to empty, each before the tables that it references. */
const TABLES = [
  'turn_step',
  'message',
  'call_turn',
  'call',
  'lane',
  'typed_code',
  'pending_verification',
  'visible_history',
  'identity_link',
  'thread',
  'conversation',
  'identity',
  'contact',
  'agent_number',
  'agent',
  'outbox',
  'inbox',
];

/** The default agent with a spec's changes. */
export function someAgent(more: Partial<AgentSeed> = {}): AgentSeed {
  return {
    key: 'demo',
    name: 'Demo',
    systemPrompt: 'You are kind.',
    isDefault: true,
    numbers: [],
    callerIdTrust: 'attested',
    verificationRequired: false,
    sendSmsRecipients: 'self',
    tools: [],
    voice: VoiceSettings.parse({}),
    texts: defaultAgentTexts(['en']),
    ...more,
  };
}

function orchestratorEnv(databaseUrl: string, natsUrl = 'nats://127.0.0.1:1'): OrchestratorEnv {
  return parseEnv(SERVICE, OrchestratorEnv, {
    DATABASE_URL: databaseUrl,
    NATS_URL: natsUrl,
    PARLEY_DATA_KEYS: DATA_KEYS,
    RECOVERY_TIME_SCALE: String(RECOVERY_TIME_SCALE),
    LOG_LEVEL: 'silent',
  });
}

/** The providers that replace the module's own in specs. */
function overridesFor(model: LanguageModel, { policy, more = [] }: Changes): Provider[] {
  return [
    { provide: LanguageModel, useValue: model },
    { provide: RECOVERY_TIMES, useValue: lastingLeases },
    { provide: TEXT_TURN_POLICY, useValue: { ...impatientPolicy, ...policy } },
    {
      provide: Toolbox,
      useFactory: (sendSms: SendSmsTool) => new Toolbox([sendSms, ...more]),
      inject: [SendSmsTool],
    },
  ];
}

/** Creates what one process of the service consists of. */
async function givenReplica(databaseUrl: string, changes: Changes) {
  const model = new ModelPerTest();
  const env = orchestratorEnv(databaseUrl, changes.natsUrl);
  const module = OrchestratorModule.for(env, overridesFor(model, changes));
  // The app is not initialised, so no loop starts by itself.
  const app = await NestFactory.create(module, new FastifyAdapter(), { logger: false, abortOnError: false });
  const database = app.get(Database);
  onTestFinished(() => database.close());
  await database.connect();
  if (changes.natsUrl) await connect(app.get(NatsLink));
  const transactions = app.get(Transactions);
  const keys = app.get(DataKeys);
  const seeding = new AgentSeeding(keys, new Outbox(SERVICE, new MessageCodec(keys)));
  return {
    database,
    transactions,
    agentSeeding: seeding,
    /** Seeds agents as the migration step does. */
    seedAgents: (agents: readonly AgentSeed[]) => transactions.run((tx) => seeding.execute(tx, agents)),
    agents: () => app.get(AgentReader, ANYWHERE).agents(),
    lanes: app.get(Lanes, ANYWHERE),
    endTurn: app.get(EndTurn, ANYWHERE),
    recordToolUse: app.get(RecordToolUse, ANYWHERE),
    claimTurns: app.get(ClaimTurns, ANYWHERE),
    /** Appends a text as its consumer does. */
    receiveSms: (sms: SmsReceived, receipt: ReturnType<typeof someReceipt>) =>
      app.get(AppendInbound, ANYWHERE).execute(receivedMessage(sms), receipt),
    /** Appends a web message as its consumer does. */
    receiveWeb: (message: WebMessageReceived, receipt: ReturnType<typeof someReceipt>) =>
      app.get(AppendInbound, ANYWHERE).execute(receivedWebMessage(message), receipt),
    chats: app.get(ChatReader, ANYWHERE),
    linkIdentity: app.get(LinkIdentity, ANYWHERE),
    followVerification: app.get(FollowVerification, ANYWHERE),
    unlinkIdentity: app.get(UnlinkIdentity, ANYWHERE),
    appendOperatorMessage: app.get(AppendOperatorMessage, ANYWHERE),
    recordConsent: app.get(RecordConsent, ANYWHERE),
    recordLoop: app.get(RecordLoop, ANYWHERE),
    publishVerification: app.get(PublishVerification, ANYWHERE),
    findTextAddress: app.get(FindTextAddress, ANYWHERE),
    log: app.get(ConversationLog, ANYWHERE),
    recordMessageStatus: app.get(RecordMessageStatus, ANYWHERE),
    reader: app.get(ConversationReader, ANYWHERE),
    renewCallLeases: app.get(RenewCallLeases, ANYWHERE),
    recordCallState: app.get(RecordCallState, ANYWHERE),
    recordSpokenTurn: app.get(RecordSpokenTurn, ANYWHERE),
    takeTurnWith: (own: LanguageModel): Pick<TakeTurn, 'execute'> => ({
      execute: (...args) => model.answeringWith(own, () => app.get(TakeTurn, ANYWHERE).execute(...args)),
    }),
    takeSpokenTurnWith: (own: LanguageModel): Pick<TakeSpokenTurn, 'execute'> => ({
      execute: (...args) =>
        model.answeringWith(own, () => app.get(TakeSpokenTurn, ANYWHERE).execute(...args)),
    }),
    /** Starts the loops that take turns. The test must stop them. */
    dueTurnsWith: (own: LanguageModel) => {
      const [heldTurns, dueTurns] = [app.get(HeldTurns, ANYWHERE), app.get(DueTurns, ANYWHERE)];
      model.answeringWith(own, () => {
        heldTurns.onApplicationBootstrap();
        dueTurns.onApplicationBootstrap();
      });
      return {
        stop: async () => {
          await dueTurns.beforeApplicationShutdown();
          await heldTurns.onApplicationShutdown();
        },
      };
    },
  };
}

async function connect(link: NatsLink): Promise<void> {
  onTestFinished(() => link.drain());
  link.start();
  await link.whenConnected();
}

/**
 * Starts a whole process of the service, on a database that `givenOrchestrator` created. Returns a function
 * that stops it.
 */
export async function startReplica(
  databaseUrl: string,
  model: LanguageModel,
  changes: Changes & { natsUrl: string },
): Promise<() => Promise<void>> {
  const env = orchestratorEnv(databaseUrl, changes.natsUrl);
  const module = OrchestratorModule.for(env, overridesFor(model, changes));
  const app = await createServiceApp({ module, configure: connectMessaging }, createLogger(SERVICE, env));
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= app.close());
  onTestFinished(stop);
  await app.startAllMicroservices();
  await app.get(NatsLink).whenConnected();
  await app.get(NatsLink).connection()!.flush();
  await waitUntil('the database', () => app.get(Database).ready, { timeoutMs: 30_000 });
  return stop;
}

/** Lets `app.get` find providers that their module does not export. */
const ANYWHERE = { strict: false };

/** A signal that never aborts. */
export const neverCancelled = new AbortController().signal;

/** The thread of the person who texts. */
export const threadId = newId('thr');

/** A text as the gateway publishes it. */
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

/** The receipt of a text. */
export function someReceipt({ isStale = false } = {}) {
  return { consumer: durableOf(SmsReceived, 'agent-orchestrator'), eventId: newId('evt'), isStale };
}
