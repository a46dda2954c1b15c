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
import { REPLICAS, type ServiceName } from './schedule.js';

const account = {
  accountSid: 'AC00000000000000000000000000000001',
  authToken: 'an auth token for faults',
  phoneNumber: '+15550100000',
};

const GATEWAY = 'sms-gateway';
const SIMULATOR = 'simulator';

/** Twilio tries again after 3 s, also while we are still at work, and then at the fallback URL. */
const CONNECTION_OVERRIDES = '#rc=2&rp=ct,rt,5xx&ct=2000&rt=3000&tt=15000';
/** A tenth of the real one. */
const MODEL_TIMEOUT_MS = 3_000;
/** Like an installation's supervisor: what does not come up is started again, for so long. */
const START_PATIENCE_MS = 90_000;
const START_PAUSE_MS = 300;

/** A line of the gateway's log. */
const FOUND_IN_LIST = /"messageSid":"(\w+)".*"msg":"a text whose webhook never came was found"/;

export interface ChaosStackOptions {
  recoveryTimeScale: number;
  /** Called with what ended by itself. */
  onDeath: (what: string) => void;
}

/**
 * Two gateways and two orchestrators behind one origin, with a Postgres, a nats-server, the simulator and a folder of
 * their own. STOP is ours to obey: the simulated Twilio does not block anybody.
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
    /** Sids of the texts that a gateway found in the carrier's list before their webhook came, by its log. */
    readonly foundInList: ReadonlySet<string>,
  ) {
    this.simulator = new SimulatorClient(local.process(SIMULATOR).url);
  }

  static async start({ recoveryTimeScale, onDeath }: ChaosStackOptions): Promise<ChaosStack> {
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
          // People here write more in a minute than people do.
          ...NO_LOOP_LIMITS,
          LOG_LEVEL: 'debug',
          TWILIO_OPT_OUT_HANDLING: 'off',
          SIMULATOR_OPT_OUT: 'off',
          // People of a seed get more answers in a few seconds than a person would in two minutes.
          SMS_MAX_REPLIES_IN_2_MINUTES: '1000',
          SMS_MAX_REPLIES_A_DAY: '1000',
        },
        log: (line) => {
          write(logs, folder, line);
          const [, messageSid] = FOUND_IN_LIST.exec(line.text) ?? [];
          if (messageSid) foundInList.add(messageSid);
        },
        onUnexpectedExit: (source, { code, signal }) =>
          onDeath(`${source} ended by itself: ${signal ?? `exit code ${code}`}`),
      });
      gateways = local.processes(GATEWAY);
      return new ChaosStack(local, origin, originUrl, folder, apiKey, logs, foundInList);
    } catch (error) {
      await origin.close();
      throw new Error(`It did not start; its logs are in ${folder}`, { cause: error });
    }
  }

  /** A line of ours in every process's log. */
  note(text: string): void {
    for (const log of this.logs.values()) log.write(`---- ${new Date().toISOString()} ${text}\n`);
  }

  async kill(service: ServiceName, replica: number): Promise<void> {
    await this.local.process(service, replica).kill();
  }

  async terminate(service: ServiceName, replica: number): Promise<void> {
    await this.local.process(service, replica).stop();
  }

  freeze(service: ServiceName, replica: number): void {
    this.local.process(service, replica).signal('SIGSTOP');
  }

  thaw(service: ServiceName, replica: number): void {
    this.local.process(service, replica).signal('SIGCONT');
  }

  /** Starts it, again and again while what it needs is away. */
  async revive(service: ServiceName, replica: number): Promise<void> {
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

  /** Our number. */
  readonly line = account.phoneNumber;

  get nats() {
    return this.local.nats!;
  }

  get postgres() {
    return this.local.postgres!;
  }

  /** Asks the REST API with the admin key. */
  async api(path: string, init: RequestInit & { timeoutMs?: number } = {}): Promise<Response> {
    const { timeoutMs = 10_000, ...request } = init;
    return fetch(`${this.originUrl}${path}`, {
      ...request,
      headers: { ...(request.headers as Record<string, string>), authorization: `Bearer ${this.apiKey}` },
      signal: AbortSignal.timeout(timeoutMs),
    });
  }

  /** Reads the database as its administrator. */
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

  /** @param keep leaves the folder with the logs, without the data */
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

/** As an ingress without health checks would: a frozen process gets its share. */
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
