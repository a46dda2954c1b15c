import { randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Contract, type DataOf, SendSms, services } from '@parley/contracts';
import type { E164, ThreadId } from '@parley/kernel';
import { SimulatorClient, waitUntil } from '@parley/local-stack';
import { JetStreamPublisher, MessageCodec } from '@parley/messaging';
import { migrate, type Transaction, Transactions } from '@parley/persistence';
import type { LoopingService } from '@parley/resilience';
import { createLogger, createServiceApp, newId, parseEnv, ServiceState } from '@parley/service-kit';
import {
  RunningService,
  simulatedTwilio,
  startDependencies,
  type ServiceDependencies,
} from '@parley/testing';
import { problemOf } from '../api/problem-of.js';
import { configureGateway } from '../configure-gateway.js';
import { GatewayEnv } from '../gateway.env.js';
import { GatewayModule, SERVICE } from '../gateway.module.js';
import { migrations } from '../migrations/index.js';

export const OWN_NUMBER = simulatedTwilio.phoneNumber;
export const OTHER_OWN_NUMBER = '+15550100099';
/** Numbers of the Twilio account that become lines when an agent has them. */
export const AGENT_NUMBERS = ['+15550109998', '+15550109997'] as const;
export const API_KEY = 'pk_test_0123456789abcdef';
export const LOCAL_ORIGIN_SECRET = 'local origin secret of this test';
const READY_WITHIN_MS = 20_000;

/** A gateway in the test's process, with its own Postgres, nats-server and simulated Twilio. */
export class RunningGateway extends RunningService {
  #people = 0;

  private constructor(
    around: ServiceDependencies,
    readonly app: NestFastifyApplication,
    private readonly state: ServiceState,
  ) {
    super(around);
  }

  /** `faults`: faults of the simulated Twilio that exist before the gateway starts. */
  static async start(
    env: Readonly<Record<string, string>> = {},
    faults: readonly Record<string, unknown>[] = [],
  ): Promise<RunningGateway> {
    const around = await startDependencies({
      schema: services[SERVICE].schema,
      migrate: (urls) => migrate({ service: SERVICE, schema: services[SERVICE].schema, migrations, ...urls }),
      simulatorEnv: (url) => ({
        SIMULATOR_SMS_WEBHOOK_URL: `${url}/webhook/sms`,
        SIMULATOR_TWILIO_NUMBERS: [OWN_NUMBER, OTHER_OWN_NUMBER, ...AGENT_NUMBERS].join(','),
      }),
    });
    for (const fault of faults) await new SimulatorClient(around.vendorsUrl).fault(fault);
    const checkedEnv = parseEnv(SERVICE, GatewayEnv, {
      ...around.env,
      PARLEY_API_KEY: API_KEY,
      LOCAL_ORIGIN_SECRET,
      LOG_LEVEL: 'error',
      ...env,
    });
    const logger = createLogger(SERVICE, checkedEnv);
    const state = new ServiceState();
    const module = GatewayModule.for(checkedEnv);
    const app = await createServiceApp({ module, problemOf, configure: configureGateway }, logger, state);
    await app.listen(around.port, '127.0.0.1');
    state.markStarted();
    await app.startAllMicroservices();
    const isReady = () => state.unreadyReasons.length === 0;
    await waitUntil('the gateway to be ready', isReady, { timeoutMs: READY_WITHIN_MS });
    return new RunningGateway(around, app, state);
  }

  override async stop(): Promise<void> {
    // Drains first, as on SIGTERM: a status report under way would keep its connection, and the server, open.
    this.state.drain();
    await this.app.close();
    await super.stop();
  }

  /** A provider of the running application. */
  get<T>(token: abstract new (...args: never[]) => T): T {
    return this.app.get(token as never, { strict: false });
  }

  /** Ends a provider's loop, so that the test alone does its work. */
  async stopLoop(token: abstract new (...args: never[]) => LoopingService): Promise<void> {
    await this.get(token).beforeApplicationShutdown();
  }

  async inTransaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.get(Transactions).run(work);
  }

  async api(
    path: string,
    key: string | null = API_KEY,
    init: RequestInit = {},
  ): Promise<{ status: number; headers: Headers; body: unknown }> {
    const headers = {
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(init.headers as Record<string, string>),
    };
    const response = await fetch(`${this.url}${path}`, { ...init, headers });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  /** The number of a person who has not texted before. */
  somebody(): E164 {
    this.#people += 1;
    return `+1555${String(this.#people).padStart(7, '0')}` as E164;
  }

  /** Posts a text from a person who has not texted before. */
  async someThread(): Promise<{ person: E164; threadId: ThreadId }> {
    const person = this.somebody();
    return { person, threadId: await this.threadWith(person) };
  }

  /** Posts a text from this person; returns their thread. */
  async threadWith(person: string): Promise<ThreadId> {
    const params = inboundParams(person, 'Hello');
    const response = await this.post('/webhook/sms', params);
    if (response.status !== 200) throw new Error(`the webhook answered ${response.status}`);
    const [row] = await this.query<{ thread_id: ThreadId }>(
      'SELECT thread_id FROM inbound_sms WHERE message_sid = $1',
      [params['MessageSid']],
    );
    return row!.thread_id;
  }

  /** Publishes `SendSms`, as the orchestrator does. */
  async command(
    threadId: string,
    text: string,
    validForMs = 60_000,
    id: string = newId('cmd'),
    format: SendSms['format'] = 'markdown',
  ): Promise<void> {
    const command = SendSms.schema.parse({
      threadId,
      messageId: newId('msg'),
      text,
      format,
      validUntil: new Date(Date.now() + validForMs).toISOString(),
    });
    await this.publish(SendSms, command, id);
  }

  /** Publishes a message to JetStream, as the orchestrator does. The same id makes a repeated message. */
  async publish<C extends Contract>(contract: C, data: DataOf<C>, id: string = newId('evt')): Promise<void> {
    const encoded = this.app.get(MessageCodec).encode(contract, data, {
      id,
      source: '/parley/agent-orchestrator',
      time: new Date().toISOString(),
    });
    // A new message id, or the stream would drop a repeat.
    await this.app.get(JetStreamPublisher).publish({ ...encoded, messageId: newId('req') });
  }

  /** Posts a status report as Twilio does; returns the HTTP status of the gateway's answer. */
  async reportStatus(
    sendId: string,
    providerSid: string,
    status: string,
    errorCode?: number | string,
  ): Promise<number> {
    const answer = await this.post(`/webhooks/twilio/sms-status?send=${sendId}`, {
      MessageSid: providerSid,
      AccountSid: simulatedTwilio.accountSid,
      MessageStatus: status,
      ...(errorCode !== undefined && { ErrorCode: String(errorCode) }),
    });
    return answer.status;
  }

  /** The published delivery statuses of a thread's texts, each with its error code or reason. */
  async publishedStatuses(threadId: string): Promise<unknown[][]> {
    return (await this.statusEvents(threadId)).map(({ status, errorCode, reason }) => [
      status,
      errorCode ?? reason,
    ]);
  }

  /** The facts that the gateway published about a thread's texts. */
  async statusEvents(threadId: string, fact = 'sms.status-changed'): Promise<Record<string, unknown>[]> {
    return this.outboxMessages(`int.${fact}.v1.${threadId}`);
  }
}

export function messageSid(): string {
  return `SM${randomBytes(16).toString('hex')}`;
}

/** An inbound text as Twilio posts it. */
export function inboundParams(from: string, body: string, sid = messageSid()): Record<string, string> {
  return {
    MessageSid: sid,
    SmsSid: sid,
    AccountSid: simulatedTwilio.accountSid,
    From: from,
    To: OWN_NUMBER,
    Body: body,
    NumMedia: '0',
    NumSegments: '1',
    SmsStatus: 'received',
    ApiVersion: '2010-04-01',
  };
}
