import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, type WriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  freePort,
  LocalParley,
  type LocalService,
  type LogLine,
  parleyServices,
  type ServiceProcess,
  ServiceStartError,
  SimulatorClient,
  NO_LOOP_LIMITS,
} from '@parley/local-stack';
import pg from 'pg';
import { type Origin, startOrigin } from '../launcher/origin.js';
import { foundTextSid } from './gateway-log.js';
import { REPLICAS, type ChaosService } from './schedule.js';

const account = {
  accountSid: 'AC00000000000000000000000000000001',
  authToken: 'an auth token for faults',
  phoneNumber: '+15550100000',
};

const GATEWAY = 'sms-gateway';
const SIMULATOR = 'simulator';

/** Twilio retries after 3 s, even if the gateway is still working, and then tries the fallback URL. */
const CONNECTION_OVERRIDES = '#rc=2&rp=ct,rt,5xx&ct=2000&rt=3000&tt=15000';
/** A tenth of the real time-out. */
const MODEL_TIMEOUT_MS = 3_000;
/** A process that fails to start is started again for this long, as a supervisor would do. */
const START_PATIENCE_MS = 90_000;
const START_PAUSE_MS = 300;

export interface ChaosStackOptions {
  recoveryTimeScale: number;
  /** Called with a description of a process that exited by itself. */
  onUnexpectedExit: (what: string) => void;
}

/**
 * Two gateways and two orchestrators behind one origin, with a Postgres, nats-server, simulator and folder of their
 * own. The simulated Twilio does not handle STOP, so that only the gateway blocks opted-out people.
 */
export class ChaosStack {
  readonly simulator: SimulatorClient;
  #admin: pg.Client | undefined;

  private constructor(
    private readonly local: LocalParley,
    private readonly origin: Origin,
    readonly originUrl: string,
    readonly folder: string,
    private readonly apiKey: string,
    private readonly logs: ReadonlyMap<string, WriteStream>,
    /** SIDs of the texts that a gateway found in the carrier's list, according to its log. */
    readonly foundInList: ReadonlySet<string>,
  ) {
    this.simulator = new SimulatorClient(local.process(SIMULATOR).url);
  }

  static async start({ recoveryTimeScale, onUnexpectedExit }: ChaosStackOptions): Promise<ChaosStack> {
    const folder = mkdtempSync(join(tmpdir(), 'parley-chaos-'));
    const apiKey = `pk_chaos_${randomBytes(16).toString('hex')}`;
    const logs = new Map<string, WriteStream>();
    const foundInList = new Set<string>();
    mkdirSync(join(folder, 'logs'));
    let gateways: readonly ServiceProcess[] = [];
    const port = await freePort();
    const originUrl = `http://127.0.0.1:${port}`;
    const origin = await startOrigin({ port, host: '127.0.0.1', upstream: () => anyRunning(gateways)?.url });
    try {
      const local = await LocalParley.start({
        dataDir: folder,
        durable: false,
        services: parleyServices({ twilio: account }).map(withSettings),
        replicas: { 'sms-gateway': REPLICAS, 'agent-orchestrator': REPLICAS },
        publicUrl: originUrl,
        env: {
          PARLEY_DATA_KEYS: `chaos:${randomBytes(32).toString('base64')}`,
          PARLEY_API_KEY: apiKey,
          RECOVERY_TIME_SCALE: String(recoveryTimeScale),
          BURST_TIME_SCALE: '0.1',
          // Simulated people send more texts per minute than the limits allow.
          ...NO_LOOP_LIMITS,
          LOG_LEVEL: 'debug',
          TWILIO_OPT_OUT_HANDLING: 'off',
          SIMULATOR_OPT_OUT: 'off',
          // Simulated people get more replies within seconds than the limits allow.
          SMS_MAX_REPLIES_IN_2_MINUTES: '1000',
          SMS_MAX_REPLIES_A_DAY: '1000',
        },
        log: (line) => {
          write(logs, folder, line);
          const messageSid = foundTextSid(line.text);
          if (messageSid) foundInList.add(messageSid);
        },
        onUnexpectedExit: (source, { code, signal }) =>
          onUnexpectedExit(`${source} exited unexpectedly: ${signal ?? `exit code ${code}`}`),
      });
      gateways = local.processes(GATEWAY);
      return new ChaosStack(local, origin, originUrl, folder, apiKey, logs, foundInList);
    } catch (error) {
      await origin.close();
      throw new Error(`Parley did not start; see the logs in ${folder}`, { cause: error });
    }
  }

  /** Writes a marker into the log of every process. */
  logMarker(text: string): void {
    for (const log of this.logs.values()) log.write(`---- ${new Date().toISOString()} ${text}\n`);
  }

  async kill(service: ChaosService, replica: number): Promise<void> {
    await this.local.process(service, replica).kill();
  }

  async terminate(service: ChaosService, replica: number): Promise<void> {
    await this.local.process(service, replica).stop();
  }

  freeze(service: ChaosService, replica: number): void {
    this.local.process(service, replica).signal('SIGSTOP');
  }

  thaw(service: ChaosService, replica: number): void {
    this.local.process(service, replica).signal('SIGCONT');
  }

  /** Starts a process, with retries while its dependencies are unavailable. */
  async startAgain(service: ChaosService, replica: number): Promise<void> {
    const deadline = performance.now() + START_PATIENCE_MS;
    for (;;) {
      try {
        return await this.local.process(service, replica).start();
      } catch (error) {
        if (!(error instanceof ServiceStartError) || performance.now() > deadline) throw error;
        await delay(START_PAUSE_MS);
      }
    }
  }

  readonly line = account.phoneNumber;

  get nats() {
    return this.local.nats!;
  }

  get postgres() {
    return this.local.postgres!;
  }

  /** Sends a request to the REST API with the admin key. */
  async api(path: string, init: RequestInit & { timeoutMs?: number } = {}): Promise<Response> {
    const { timeoutMs = 10_000, ...request } = init;
    return fetch(`${this.originUrl}${path}`, {
      ...request,
      headers: { ...(request.headers as Record<string, string>), authorization: `Bearer ${this.apiKey}` },
      signal: AbortSignal.timeout(timeoutMs),
    });
  }

  /** Queries the database as administrator. */
  async query<Row extends object>(sql: string, params: unknown[] = []): Promise<Row[]> {
    const admin = this.#admin ?? (await this.#connect());
    try {
      return (await admin.query<Row>(sql, params)).rows;
    } catch (error) {
      this.#admin = undefined;
      await admin.end().catch(() => undefined);
      throw error;
    }
  }

  async #connect(): Promise<pg.Client> {
    const admin = new pg.Client({
      connectionString: this.local.database.adminUrl,
      connectionTimeoutMillis: 5_000,
    });
    admin.on('error', () => (this.#admin = undefined));
    await admin.connect();
    this.#admin = admin;
    return admin;
  }

  /** Stops everything. `keep` leaves the folder with the logs and deletes only the data. */
  async stop({ keep = false } = {}): Promise<void> {
    await this.#admin?.end().catch(() => undefined);
    await this.origin.close();
    await this.local.kill();
    for (const log of this.logs.values()) log.end();
    for (const part of keep ? ['postgres', 'nats'] : ['']) {
      rmSync(join(this.folder, part), { recursive: true, force: true });
    }
  }
}

function withSettings(service: LocalService): LocalService {
  return {
    ...service,
    env: (addresses) => ({
      ...service.env?.(addresses),
      ...(service.name === SIMULATOR && {
        SIMULATOR_SMS_WEBHOOK_URL: `${addresses.publicUrl}/webhook/sms${CONNECTION_OVERRIDES}`,
        SIMULATOR_SMS_FALLBACK_URL: `${addresses.publicUrl}/webhook/sms`,
      }),
      ...(service.name === 'agent-orchestrator' && {
        LLM_PROVIDER: 'openai-compatible',
        LLM_BASE_URL: `${addresses.urlOf(SIMULATOR)}/v1`,
        LLM_MODEL: 'simulated',
        LLM_API_KEY: 'none needed',
        LLM_TIMEOUT_MS: String(MODEL_TIMEOUT_MS),
      }),
    }),
  };
}

/** Returns a random running process, even a frozen one, like an ingress without health checks. */
function anyRunning(processes: readonly ServiceProcess[]): ServiceProcess | undefined {
  const running = processes.filter((process) => process.running);
  return running[Math.floor(Math.random() * running.length)];
}

function write(logs: Map<string, WriteStream>, folder: string, { source, text }: LogLine): void {
  const name = source.replaceAll(' ', '-');
  let log = logs.get(name);
  if (!log) {
    log = createWriteStream(join(folder, 'logs', `${name}.log`));
    logs.set(name, log);
  }
  log.write(`${text}\n`);
}
