import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
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
import { migrate } from '@parley/persistence';
import { SimulatorClient } from '@parley/testing';
import { createLogger, createServiceApp, parseEnv, ServiceState } from '@parley/service-kit';
import { Pool } from 'pg';
import { type ClientOptions, WebSocket } from 'ws';
import { configureVoice } from '../configure-voice.js';
import { migrations } from '../migrations/index.js';
import { problemOf } from '../problem-of.js';
import { VoiceEnv } from '../voice.env.js';
import { SCHEMA, SERVICE, VoiceModule } from '../voice.module.js';

export const OWN_NUMBER = '+15550009999';
export const ACCOUNT_SID = `AC${'0'.repeat(32)}`;
const AUTH_TOKEN = 'an auth token for tests';
const RUNTIME_ROLE = 'parley_voice';
const READY_WITHIN_MS = 20_000;

/** A voice bridge of this process, with a Postgres, a nats-server and simulated vendors of its own. */
export class RunningVoiceBridge {
  readonly simulator: SimulatorClient;
  readonly #others: NestFastifyApplication[] = [];

  private constructor(
    /** Where Twilio reaches it. */
    readonly url: string,
    private readonly variables: Readonly<Record<string, string>>,
    readonly app: NestFastifyApplication,
    readonly postgres: LocalPostgres,
    readonly nats: LocalNats,
    private readonly database: Pool,
    private readonly vendors: ServiceProcess,
    private readonly folder: string,
  ) {
    this.simulator = new SimulatorClient(vendors.url);
  }

  static async start(env: Readonly<Record<string, string>> = {}): Promise<RunningVoiceBridge> {
    const folder = mkdtempSync(join(tmpdir(), 'parley-voice-'));
    const [postgres, nats, port, vendorsPort] = await Promise.all([
      startPostgres({ dataDir: join(folder, 'postgres'), durable: false }),
      startNats({ storeDir: join(folder, 'nats'), durable: false }),
      freePort(),
      freePort(),
    ]);
    const url = `http://127.0.0.1:${port}`;
    const vendors = simulatedVendors(vendorsPort, url);
    await vendors.start();
    const databaseUrl = await migratedDatabase(postgres);
    const variables = {
      DATABASE_URL: databaseUrl,
      NATS_URL: nats.url,
      PARLEY_DATA_KEYS: `test:${randomBytes(32).toString('base64')}`,
      PUBLIC_URL: url,
      TWILIO_ACCOUNT_SID: ACCOUNT_SID,
      TWILIO_AUTH_TOKEN: AUTH_TOKEN,
      TWILIO_PHONE_NUMBER: OWN_NUMBER,
      TWILIO_API_BASE_URL: vendors.url,
      DEEPGRAM_API_KEY: 'simulated',
      DEEPGRAM_BASE_URL: `${vendors.url.replace(/^http/, 'ws')}/deepgram`,
      ELEVENLABS_API_KEY: 'simulated',
      ELEVENLABS_VOICE_ID: 'simulated',
      ELEVENLABS_BASE_URL: `${vendors.url}/elevenlabs`,
      LOG_LEVEL: 'silent',
      ...env,
    };
    const app = await startedApp(variables, port);
    const database = new Pool({
      connectionString: databaseUrl,
      max: 2,
      options: `-c search_path=${SCHEMA}`,
    });
    database.on('error', () => undefined);
    const bridge = new RunningVoiceBridge(url, variables, app, postgres, nats, database, vendors, folder);
    await waitUntil('the database to be connected', () => bridge.#answers(), { timeoutMs: READY_WITHIN_MS });
    return bridge;
  }

  /** One more process of the same service: media sockets that are opened at its URL are as if Twilio had reached it. */
  async another(): Promise<string> {
    const port = await freePort();
    this.#others.push(await startedApp(this.variables, port));
    return `http://127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    await Promise.all([this.app, ...this.#others].map((app) => app.close()));
    await this.database.end();
    await Promise.all([this.vendors.stop(), this.postgres.stop('immediate'), this.nats.stop('kill')]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Reads the voice bridge's own schema. */
  async query<Row extends object>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return (await this.database.query<Row>(sql, parameters)).rows;
  }

  /** Posts a form as Twilio does: signed over the public URL. */
  async post(path: string, params: Record<string, string>, signature?: string): Promise<Response> {
    const headers = { 'x-twilio-signature': signature ?? signatureOf(`${this.url}${path}`, params) };
    return fetch(`${this.url}${path}`, { method: 'POST', headers, body: new URLSearchParams(params) });
  }

  /** A call comes in; answers with where its media socket is. */
  async ring(params = incomingCall()): Promise<{ callSid: string; callId: string; streamUrl: string }> {
    const twiml = await (await this.post('/webhooks/twilio/voice', params)).text();
    const [, streamUrl] = /<Stream url="([^"]+)"/.exec(twiml) ?? [];
    const [, callId] = /callId=(call_\w+)/.exec(twiml) ?? [];
    if (!streamUrl || !callId) throw new Error(`no stream in ${twiml}`);
    return { callSid: params['CallSid']!, callId, streamUrl };
  }

  /** The facts of a call that wait to be published, or were. */
  async facts(callId: string, fact = 'call.state-changed'): Promise<Record<string, unknown>[]> {
    const found = await this.query<{ payload: Buffer }>(
      'SELECT payload FROM outbox WHERE subject = $1 ORDER BY id',
      [`int.${fact}.v1.${callId}`],
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

  /** Until then the webhook apologises. */
  async #answers(): Promise<boolean> {
    const twiml = await (await this.post('/webhooks/twilio/voice', incomingCall())).text();
    return twiml.includes('<Stream');
  }
}

/** Twilio's end of a media socket, by hand: what the simulator never sends can be sent as well. */
export class RawMediaSocket {
  readonly messages: Record<string, unknown>[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  #timestampMs = 0;
  #sequence = 0;

  private constructor(
    readonly socket: WebSocket,
    readonly streamSid: string,
  ) {
    socket.on('message', (data: Buffer) =>
      this.messages.push(JSON.parse(data.toString('utf8')) as Record<string, unknown>),
    );
    this.closed = new Promise((resolve) =>
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') })),
    );
  }

  /** Rejects with the status of a refused upgrade, as a number. */
  static async open(url: string, signature = signatureOf(url, {})): Promise<RawMediaSocket> {
    const options: ClientOptions = { headers: { 'x-twilio-signature': signature } };
    const socket = new WebSocket(url, options);
    const media = new RawMediaSocket(socket, `MZ${randomBytes(16).toString('hex')}`);
    await new Promise<void>((resolve, reject) => {
      socket.on('open', resolve);
      socket.on('unexpected-response', (_request, response) => {
        // oxlint-disable-next-line prefer-promise-reject-errors
        reject(response.statusCode);
        response.destroy();
      });
      socket.on('error', reject);
    });
    return media;
  }

  start(callSid: string): void {
    this.send({ event: 'connected', protocol: 'Call', version: '1.0.0' });
    this.send({
      event: 'start',
      start: {
        accountSid: ACCOUNT_SID,
        streamSid: this.streamSid,
        callSid,
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters: {},
      },
    });
  }

  /** 20 ms of silence. */
  frame(): void {
    this.send({
      event: 'media',
      media: {
        track: 'inbound',
        chunk: '1',
        timestamp: String(this.#timestampMs),
        payload: Buffer.alloc(160, 0xff).toString('base64'),
      },
    });
    this.#timestampMs += 20;
  }

  send(message: Record<string, unknown>): void {
    this.#sequence += 1;
    this.socket.send(
      JSON.stringify({ ...message, sequenceNumber: String(this.#sequence), streamSid: this.streamSid }),
    );
  }

  /** Settles when everything sent so far has been read. */
  async taken(): Promise<void> {
    const read = new Promise((resolve) => this.socket.once('pong', resolve));
    this.socket.ping();
    await Promise.race([read, this.closed]);
  }

  sendRaw(text: string): void {
    this.socket.send(text);
  }
}

/** An incoming call as Twilio posts it. */
export function incomingCall(more: Record<string, string> = {}): Record<string, string> {
  return {
    CallSid: `CA${randomBytes(16).toString('hex')}`,
    AccountSid: ACCOUNT_SID,
    From: '+15550100001',
    To: OWN_NUMBER,
    Caller: '+15550100001',
    Called: OWN_NUMBER,
    CallStatus: 'ringing',
    Direction: 'inbound',
    ApiVersion: '2010-04-01',
    ...more,
  };
}

export function signatureOf(url: string, params: Record<string, string>): string {
  const signed = Object.keys(params)
    .toSorted()
    .reduce((text, name) => text + name + params[name], url);
  return createHmac('sha1', AUTH_TOKEN).update(signed).digest('base64');
}

async function startedApp(
  variables: Readonly<Record<string, string>>,
  port: number,
): Promise<NestFastifyApplication> {
  const env = parseEnv(SERVICE, VoiceEnv, { ...variables });
  const logger = createLogger(SERVICE, env);
  const state = new ServiceState();
  const module = VoiceModule.for(env);
  const app = await createServiceApp({ module, problemOf, configure: configureVoice }, logger, state);
  await app.listen(port, '127.0.0.1');
  state.markStarted();
  await app.startAllMicroservices();
  return app;
}

async function migratedDatabase(postgres: LocalPostgres): Promise<string> {
  const adminUrl = await postgres.createDatabase('parley');
  const databaseUrl = Object.assign(new URL(adminUrl), { username: RUNTIME_ROLE, password: 'test' }).href;
  await migrate({ service: SERVICE, schema: SCHEMA, adminUrl, databaseUrl, migrations });
  return databaseUrl;
}

function simulatedVendors(port: number, bridgeUrl: string): ServiceProcess {
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
      SIMULATOR_VOICE_WEBHOOK_URL: `${bridgeUrl}/webhooks/twilio/voice`,
      SIMULATOR_VOICE_STATUS_URL: `${bridgeUrl}/webhooks/twilio/voice/status`,
      SIMULATOR_LATENCY: 'none',
    },
    log: () => undefined,
  });
}
