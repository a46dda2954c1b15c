import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SendSms } from '@parley/contracts';
import {
  freePort,
  type LocalNats,
  type LocalPostgres,
  repositoryRoot,
  ServiceProcess,
  startNats,
  startPostgres,
  waitUntil,
} from '@parley/local-stack';
import { JetStreamPublisher, MessageCodec } from '@parley/messaging';
import { migrate } from '@parley/persistence';
import { createLogger, createServiceApp, newId, parseEnv, ServiceState } from '@parley/service-kit';
import { SimulatorClient } from '@parley/testing';
import { Pool } from 'pg';
import { configureGateway } from '../configure-gateway.js';
import { GatewayEnv } from '../gateway.env.js';
import { GatewayModule, SCHEMA, SERVICE } from '../gateway.module.js';
import { migrations } from '../migrations/index.js';
import { problemOf } from '../rest/problem-of.js';

export const OWN_NUMBER = '+15550009999';
export const API_KEY = 'pk_test_0123456789abcdef';
export const LOCAL_ORIGIN_SECRET = 'local origin secret of this test';
export const ACCOUNT_SID = `AC${'0'.repeat(32)}`;
const AUTH_TOKEN = 'an auth token for tests';
const RUNTIME_ROLE = 'parley_gateway';
const READY_WITHIN_MS = 20_000;

/** A gateway of this process, with a Postgres, a nats-server and a simulated Twilio of its own. */
export class RunningGateway {
  readonly simulator: SimulatorClient;

  private constructor(
    readonly url: string,
    readonly app: NestFastifyApplication,
    readonly postgres: LocalPostgres,
    readonly nats: LocalNats,
    private readonly database: Pool,
    private readonly twilio: ServiceProcess,
    private readonly folder: string,
    private readonly state: ServiceState,
  ) {
    this.simulator = new SimulatorClient(twilio.url);
  }

  /** `faults`: what Twilio has to show already while the gateway starts. */
  static async start(
    env: Readonly<Record<string, string>> = {},
    faults: readonly Record<string, unknown>[] = [],
  ): Promise<RunningGateway> {
    const folder = mkdtempSync(join(tmpdir(), 'parley-gateway-'));
    const [postgres, nats, port, twilioPort] = await Promise.all([
      startPostgres({ dataDir: join(folder, 'postgres'), durable: false }),
      startNats({ storeDir: join(folder, 'nats'), durable: false }),
      freePort(),
      freePort(),
    ]);
    const url = `http://127.0.0.1:${port}`;
    const twilio = simulatedTwilio(twilioPort, `${url}/webhook/sms`);
    await twilio.start();
    for (const fault of faults) await new SimulatorClient(twilio.url).fault(fault);
    const databaseUrl = await migratedDatabase(postgres);
    const checkedEnv = parseEnv(SERVICE, GatewayEnv, {
      DATABASE_URL: databaseUrl,
      NATS_URL: nats.url,
      PARLEY_DATA_KEYS: `test:${randomBytes(32).toString('base64')}`,
      PARLEY_API_KEY: API_KEY,
      PUBLIC_URL: url,
      TWILIO_ACCOUNT_SID: ACCOUNT_SID,
      TWILIO_AUTH_TOKEN: AUTH_TOKEN,
      TWILIO_PHONE_NUMBER: OWN_NUMBER,
      TWILIO_API_BASE_URL: twilio.url,
      LOCAL_ORIGIN_SECRET,
      LOG_LEVEL: 'error',
      ...env,
    });
    const logger = createLogger(SERVICE, checkedEnv);
    const state = new ServiceState();
    const module = GatewayModule.for(checkedEnv);
    const app = await createServiceApp({ module, problemOf, configure: configureGateway }, logger, state);
    await app.listen(port, '127.0.0.1');
    state.markStarted();
    await app.startAllMicroservices();
    const isReady = () => state.unreadyReasons.length === 0;
    await waitUntil('the gateway to be ready', isReady, { timeoutMs: READY_WITHIN_MS });
    const database = new Pool({
      connectionString: databaseUrl,
      max: 2,
      options: `-c search_path=${SCHEMA}`,
    });
    database.on('error', () => undefined);
    return new RunningGateway(url, app, postgres, nats, database, twilio, folder, state);
  }

  async stop(): Promise<void> {
    // As on a signal to stop: a delivery report on its way would keep its connection, and the server, open.
    this.state.drain();
    await this.app.close();
    await this.database.end();
    await Promise.all([this.twilio.stop(), this.postgres.stop('immediate'), this.nats.stop('kill')]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Reads the gateway's own schema. */
  async query<Row extends object>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return (await this.database.query<Row>(sql, parameters)).rows;
  }

  /** Posts a form as Twilio does: signed over the public URL. `headers` may take the signature away again. */
  async post(
    path: string,
    params: Record<string, string>,
    headers: Record<string, string> = { 'x-twilio-signature': signatureOf(`${this.url}${path}`, params) },
  ): Promise<Response> {
    return fetch(`${this.url}${path}`, { method: 'POST', headers, body: new URLSearchParams(params) });
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

  /** A person texts us; answers with the thread that was made. */
  async threadWith(person: string): Promise<string> {
    const params = inboundParams(person, 'Hello');
    const response = await this.post('/webhook/sms', params);
    if (response.status !== 200) throw new Error(`the webhook answered ${response.status}`);
    const [row] = await this.query<{ thread_id: string }>(
      'SELECT thread_id FROM inbound_sms WHERE message_sid = $1',
      [params['MessageSid']],
    );
    return row!.thread_id;
  }

  /** Commands the gateway to send a text, over JetStream as the orchestrator does. */
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
    const encoded = this.app.get(MessageCodec).encode(SendSms, command, {
      id,
      source: '/parley/agent-orchestrator',
      time: new Date().toISOString(),
    });
    // A message id of its own: the same command twice reaches the consumer twice.
    await this.app.get(JetStreamPublisher).publish({ ...encoded, messageId: newId('req') });
  }

  /** What the gateway told the orchestrator about the texts of a thread, or by another fact of it. */
  async statusEvents(threadId: string, fact = 'sms.status-changed'): Promise<Record<string, unknown>[]> {
    const found = await this.query<{ payload: Buffer }>(
      'SELECT payload FROM outbox WHERE subject = $1 ORDER BY id',
      [`int.${fact}.v1.${threadId}`],
    );
    return found.map(({ payload }) => JSON.parse(payload.toString()) as Record<string, unknown>);
  }

  /** Waits until a query finds something. */
  async eventually<Row extends object>(
    what: string,
    sql: string,
    parameters: unknown[] = [],
  ): Promise<Row[]> {
    const find = async () => {
      const found = await this.query<Row>(sql, parameters);
      return found.length > 0 && found;
    };
    return waitUntil(what, find, { timeoutMs: READY_WITHIN_MS });
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
    AccountSid: ACCOUNT_SID,
    From: from,
    To: OWN_NUMBER,
    Body: body,
    NumMedia: '0',
    NumSegments: '1',
    SmsStatus: 'received',
    ApiVersion: '2010-04-01',
  };
}

function signatureOf(url: string, params: Record<string, string>): string {
  const signed = Object.keys(params)
    .toSorted()
    .reduce((text, name) => text + name + params[name], url);
  return createHmac('sha1', AUTH_TOKEN).update(signed).digest('base64');
}

async function migratedDatabase(postgres: LocalPostgres): Promise<string> {
  const adminUrl = await postgres.createDatabase('parley');
  const databaseUrl = Object.assign(new URL(adminUrl), { username: RUNTIME_ROLE, password: 'test' }).href;
  await migrate({ service: SERVICE, schema: SCHEMA, adminUrl, databaseUrl, migrations });
  return databaseUrl;
}

function simulatedTwilio(port: number, webhookUrl: string): ServiceProcess {
  return new ServiceProcess({
    source: 'simulator',
    script: join(repositoryRoot, 'apps', 'simulator', 'dist', 'main.js'),
    port,
    env: {
      PATH: process.env['PATH'] ?? '',
      PORT: String(port),
      SIMULATOR_TWILIO_ACCOUNT_SID: ACCOUNT_SID,
      SIMULATOR_TWILIO_AUTH_TOKEN: AUTH_TOKEN,
      SIMULATOR_TWILIO_NUMBERS: OWN_NUMBER,
      SIMULATOR_SMS_WEBHOOK_URL: webhookUrl,
    },
    log: () => undefined,
  });
}
