import { services } from '@parley/contracts';
import { randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { freePort, simulatedSpeechSettings, waitUntil } from '@parley/local-stack';
import { migrate } from '@parley/persistence';
import { createLogger, createServiceApp, parseEnv, ServiceState } from '@parley/service-kit';
import {
  RunningService,
  simulatedTwilio,
  startDependencies,
  type ServiceDependencies,
  twilioSignature,
} from '@parley/testing';
import { type ClientOptions, WebSocket } from 'ws';
import { configureVoice } from '../configure-voice.js';
import { migrations } from '../migrations/index.js';
import { problemOf } from '../problem-of.js';
import { voiceEnvOf } from '../voice.env.js';
import { SERVICE, VoiceModule } from '../voice.module.js';

const OWN_NUMBER = simulatedTwilio.phoneNumber;
const ACCOUNT_SID = simulatedTwilio.accountSid;
const READY_WITHIN_MS = 20_000;

export { twilioSignature as signatureOf } from '@parley/testing';

/** Runs voice-bridge in this process, with its own Postgres, nats-server and simulated vendors. */
export class RunningVoiceBridge extends RunningService {
  readonly #others: NestFastifyApplication[] = [];
  private readonly pool: ServiceDependencies['pool'];

  private constructor(
    around: ServiceDependencies,
    private readonly variables: Readonly<Record<string, string>>,
    readonly app: NestFastifyApplication,
  ) {
    super(around);
    this.pool = around.pool;
  }

  static async start(env: Readonly<Record<string, string>> = {}): Promise<RunningVoiceBridge> {
    const around = await startDependencies({
      schema: services[SERVICE].schema,
      migrate: (urls) => migrate({ service: SERVICE, schema: services[SERVICE].schema, migrations, ...urls }),
      simulatorEnv: (url) => ({
        SIMULATOR_VOICE_WEBHOOK_URL: `${url}/webhooks/twilio/voice`,
        SIMULATOR_VOICE_STATUS_URL: `${url}/webhooks/twilio/voice/status`,
        SIMULATOR_LATENCY: 'none',
      }),
    });
    const variables = {
      ...around.env,
      ...simulatedSpeechSettings(around.vendorsUrl),
      LOG_LEVEL: 'silent',
      ...env,
    };
    const bridge = new RunningVoiceBridge(around, variables, await startedApp(variables, around.port));
    await waitUntil('the database to be connected', () => bridge.#answers(), { timeoutMs: READY_WITHIN_MS });
    return bridge;
  }

  /** Starts another replica and returns the URL for its media sockets. */
  async another(): Promise<string> {
    const port = await freePort();
    this.#others.push(await startedApp(this.variables, port));
    return `http://127.0.0.1:${port}`;
  }

  override async stop(): Promise<void> {
    await Promise.all([this.app, ...this.#others].map((app) => app.close()));
    await super.stop();
  }

  /** Posts an incoming call; returns the URL of its media socket. */
  async ring(params = incomingCall()): Promise<{ callSid: string; callId: string; streamUrl: string }> {
    const twiml = await (await this.post('/webhooks/twilio/voice', params)).text();
    const [, streamUrl] = /<Stream url="([^"]+)"/.exec(twiml) ?? [];
    const [, callId] = /callId=(call_\w+)/.exec(twiml) ?? [];
    if (!streamUrl || !callId) throw new Error(`no stream in ${twiml}`);
    return { callSid: params['CallSid']!, callId, streamUrl };
  }

  /** Makes a call whose media stream has claimed it. */
  async answeredCall() {
    const { streamUrl, callSid, callId } = await this.ring();
    const media = await RawMediaSocket.open(streamUrl);
    media.start(callSid);
    await this.eventually(
      'the call to be answered',
      `SELECT 1 FROM call WHERE id = $1 AND status = 'answered'`,
      [callId],
    );
    return { media, callId };
  }

  /** Reads the facts of a call from the outbox, published or not. */
  async facts(callId: string, fact = 'call.state-changed'): Promise<Record<string, unknown>[]> {
    return this.outboxMessages(`int.${fact}.v1.${callId}`);
  }

  /** Runs `work` while a table is locked for writes. */
  async whileLocked(table: string, work: () => Promise<void>): Promise<void> {
    await this.whileHolding(`LOCK TABLE ${table} IN EXCLUSIVE MODE`, work);
  }

  /** Runs `work` while another transaction that ran this statement is open. */
  async whileHolding(statement: string, work: () => Promise<void>): Promise<void> {
    const client = await this.pool.connect();
    try {
      await client.query(`BEGIN; ${statement}`);
      await work();
    } finally {
      client.release(true);
    }
  }

  /** Returns whether the database is connected; until then the webhook answers with an apology. */
  async #answers(): Promise<boolean> {
    const twiml = await (await this.post('/webhooks/twilio/voice', incomingCall())).text();
    return twiml.includes('<Stream');
  }
}

/** Twilio's side of a media socket, which can send frames that the simulator never sends. */
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
  static async open(url: string, signature = twilioSignature(url, {})): Promise<RawMediaSocket> {
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

  /** Sends 20 ms of silence. */
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

  /** Settles when the bridge has read everything sent so far. */
  async untilRead(): Promise<void> {
    const read = new Promise((resolve) => this.socket.once('pong', resolve));
    this.socket.ping();
    await Promise.race([read, this.closed]);
  }

  sendRaw(text: string): void {
    this.socket.send(text);
  }
}

/** Returns the parameters of an incoming call as Twilio posts them. */
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

async function startedApp(
  variables: Readonly<Record<string, string>>,
  port: number,
): Promise<NestFastifyApplication> {
  const env = parseEnv(SERVICE, voiceEnvOf(variables), { ...variables });
  const logger = createLogger(SERVICE, env);
  const state = new ServiceState();
  const module = VoiceModule.for(env);
  const app = await createServiceApp({ module, problemOf, configure: configureVoice }, logger, state);
  await app.listen(port, '127.0.0.1');
  state.markStarted();
  await app.startAllMicroservices();
  return app;
}
