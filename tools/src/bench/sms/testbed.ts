import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  builtProgram,
  freePort,
  LocalParley,
  parleyServices,
  ServiceProcess,
  SimulatorClient,
  NO_LOOP_LIMITS,
} from '@parley/local-stack';
import pg from 'pg';
import type { MeasuredSystem } from './measured-system.js';

const RECENT_LINES = 20;
/** Replies wait only a millisecond or two for further texts of a burst. */
const NO_BURSTS = '0.001';

const ORCHESTRATOR = 'agent-orchestrator';
const GATEWAY = 'sms-gateway';
const SIMULATOR = 'simulator';

export const smsBenchTwilioAccount = {
  accountSid: 'AC00000000000000000000000000000001',
  authToken: 'an auth token for measurements',
  phoneNumber: '+15550100000',
};

const MODEL = (simulatorUrl: string) => ({
  LLM_PROVIDER: 'openai-compatible',
  LLM_BASE_URL: `${simulatorUrl}/v1`,
  LLM_MODEL: 'simulated',
  LLM_API_KEY: 'none needed',
});

/**
 * Parley and the bare systems in separate processes, with one Postgres that flushes every commit, one nats-server that
 * flushes every message, and one simulator for Twilio and the model.
 */
export class SmsTestbed {
  readonly insert: MeasuredSystem;
  readonly relay: MeasuredSystem;
  readonly parley: MeasuredSystem;
  readonly simulator: SimulatorClient;
  readonly #log: string[];

  private constructor(
    private readonly local: LocalParley,
    private readonly bare: { insert: ServiceProcess; relay: ServiceProcess },
    private readonly database: pg.Client,
    private readonly folder: string,
    log: string[],
  ) {
    this.#log = log;
    this.simulator = new SimulatorClient(local.process(SIMULATOR).url);
    this.insert = {
      name: 'insert',
      webhookUrl: `${bare.insert.url}/webhook/sms`,
      pids: () => [bare.insert.pid],
    };
    this.relay = {
      name: 'relay',
      webhookUrl: `${bare.relay.url}/webhook/sms`,
      pids: () => [bare.relay.pid],
      countAnswered: async () => (await this.simulator.messagesSince(0, { direction: 'outbound' })).next,
    };
    this.parley = {
      name: 'parley',
      webhookUrl: `${local.process(GATEWAY).url}/webhook/sms`,
      pids: () => [GATEWAY, ORCHESTRATOR].map((name) => local.process(name).pid),
      countAnswered: () => this.#answered(),
    };
  }

  /** Starts everything. The services write CPU profiles into `profileDir` when they exit. */
  static async start(profileDir?: string): Promise<SmsTestbed> {
    const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
    const log: string[] = [];
    const services = parleyServices({ twilio: smsBenchTwilioAccount, voice: false }).map((service) => ({
      ...service,
      env: (addresses: Parameters<NonNullable<typeof service.env>>[0]) => ({
        ...service.env?.(addresses),
        ...(service.name === ORCHESTRATOR && MODEL(addresses.urlOf(SIMULATOR))),
        ...(profileDir !== undefined &&
          service.name !== SIMULATOR && {
            NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${join(profileDir, service.name)}`,
          }),
      }),
    }));
    const local = await LocalParley.start({
      dataDir: folder,
      services,
      replicas: { verification: 0 },
      env: {
        BURST_TIME_SCALE: NO_BURSTS,
        ...NO_LOOP_LIMITS,
        PARLEY_DATA_KEYS: `bench:${randomBytes(32).toString('base64')}`,
        PARLEY_API_KEY: `pk_bench_${randomBytes(16).toString('hex')}`,
      },
      log: ({ source, text }) => appendLine(log, `${source}: ${text}`),
    });
    try {
      const insert = await bareProcess(
        'bare-insert',
        { DATABASE_URL: await local.postgres!.createDatabase('bare_insert') },
        log,
      );
      const relay = await bareProcess(
        'bare-relay',
        {
          SIMULATOR_URL: local.process(SIMULATOR).url,
          TWILIO_ACCOUNT_SID: smsBenchTwilioAccount.accountSid,
          TWILIO_AUTH_TOKEN: smsBenchTwilioAccount.authToken,
        },
        log,
      );
      const database = new pg.Client({ connectionString: local.database.adminUrl });
      await database.connect();
      return new SmsTestbed(local, { insert, relay }, database, folder, log);
    } catch (error) {
      await local.stop();
      throw error;
    }
  }

  /** Process ids of Postgres and NATS. */
  get servers(): { postgres: number; nats: number } {
    return { postgres: this.local.postgres!.pid, nats: this.local.nats!.pid };
  }

  /** Stops the orchestrator. Returns the gateway alone, which accepts and stores texts but does not answer. */
  async stopOrchestrator(): Promise<MeasuredSystem> {
    await this.local.process(ORCHESTRATOR).stop();
    const { name, webhookUrl } = this.parley;
    return { name, webhookUrl, pids: () => [this.local.process(GATEWAY).pid] };
  }

  /** Returns the last log lines of all processes. */
  get recentLog(): string {
    return this.#log.join('\n');
  }

  async stop(): Promise<void> {
    await this.database.end();
    await Promise.all([this.bare.insert.stop(), this.bare.relay.stop(), this.local.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Counts answered texts, minus undelivered replies and unpublished messages. One reply can answer several texts. */
  async #answered(): Promise<number> {
    const { rows } = await this.database.query<{ answered: number; open: number }>(
      `SELECT (SELECT count(*)::int FROM orchestrator.message JOIN orchestrator.lane USING (conversation_id)
               WHERE direction = 'inbound' AND seq <= answered_seq) AS answered,
         (SELECT count(*)::int FROM orchestrator.message WHERE direction = 'outbound' AND status <> 'delivered')
         + (SELECT count(*)::int FROM orchestrator.outbox WHERE published_at IS NULL)
         + (SELECT count(*)::int FROM gateway.outbox WHERE published_at IS NULL) AS open`,
    );
    const [{ answered, open } = { answered: 0, open: 0 }] = rows;
    return answered - open;
  }
}

function appendLine(log: string[], line: string): void {
  log.push(line);
  if (log.length > RECENT_LINES) log.shift();
}

async function bareProcess(
  name: 'bare-insert' | 'bare-relay',
  env: Record<string, string>,
  log: string[],
): Promise<ServiceProcess> {
  const port = await freePort();
  const bare = new ServiceProcess({
    source: name,
    script: builtProgram(`tools/bench/sms/${name}`),
    port,
    env: { PORT: String(port), ...env },
    log: ({ text }) => appendLine(log, `${name}: ${text}`),
  });
  await bare.start();
  return bare;
}
