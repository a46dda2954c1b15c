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
  simulatedSpeech,
} from '@parley/local-stack';
import type { Contender } from './contender.js';
import { type Cores, pin } from './cores.js';
import { account } from './stage/orders.js';
import { Stage } from './stage/stage-process.js';
import { PROBE_OPTION, WatchedProgram } from './watched-program.js';

const REMEMBERED_LINES = 20;
const VOICE_BRIDGE = 'voice-bridge';
const ORCHESTRATOR = 'agent-orchestrator';
const RELAY_SCRIPT = builtProgram('tools/bench/voice/bare-relay');
/** More than any level: what is measured is not when it refuses. */
const MAX_CALLS = '2000';

export interface ArenaOptions {
  /** The measured programs on one core, all else on the others; undefined: nothing is bound. */
  cores: Cores | undefined;
  /** Where the bridge writes a CPU profile when it ends. */
  profileDir: string | undefined;
  /** False in tests: nothing needs to survive. */
  durable: boolean;
  /** The agent-orchestrator is real, and only its model is played. */
  system: boolean;
}

/**
 * voice-bridge and the bare relay as processes of their own, a Postgres and a nats-server with their production
 * settings, and the stage.
 */
export class Arena {
  readonly relay: Contender;
  readonly parley: Contender;

  private constructor(
    readonly stage: Stage,
    private readonly local: LocalParley,
    private readonly relayProcess: ServiceProcess,
    private readonly folder: string,
    private readonly log: string[],
    watched: { relay: WatchedProgram; parley: WatchedProgram },
  ) {
    const bridge = local.process(VOICE_BRIDGE);
    this.parley = {
      name: 'parley',
      process: bridge,
      callee: { kind: 'webhook', url: `${bridge.url}/webhooks/twilio/voice` },
      watched: watched.parley,
      helpers: local.processes(ORCHESTRATOR),
    };
    this.relay = {
      name: 'relay',
      process: relayProcess,
      callee: { kind: 'socket', url: relayProcess.url.replace(/^http/, 'ws') },
      watched: watched.relay,
      helpers: [],
    };
  }

  static async start({ cores, profileDir, durable, system }: ArenaOptions): Promise<Arena> {
    // Inherited by all that is started from here on.
    if (cores) pin(process.pid, cores.others);
    const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
    const log: string[] = [];
    const watched: { relay: WatchedProgram; parley: WatchedProgram } = {
      relay: new WatchedProgram(() => relay?.pid ?? 0),
      parley: new WatchedProgram(() => local.process(VOICE_BRIDGE).pid),
    };
    const stage = await Stage.start();
    const measured = system ? [VOICE_BRIDGE, ORCHESTRATOR] : [VOICE_BRIDGE];
    const vendors = simulatedSpeech(`http://127.0.0.1:${stage.port}`);
    const profiling = profileDir === undefined ? '' : ` --cpu-prof --cpu-prof-dir=${profileDir}`;
    const local: LocalParley = await LocalParley.start({
      dataDir: folder,
      durable,
      services: parleyServices({ voice: true }).filter(({ name }) => measured.includes(name)),
      env: {
        ...vendors,
        LLM_PROVIDER: 'openai-compatible',
        LLM_BASE_URL: `http://127.0.0.1:${stage.port}/v1`,
        LLM_MODEL: 'bench',
        LLM_API_KEY: 'none needed',
        TWILIO_ACCOUNT_SID: account.accountSid,
        TWILIO_AUTH_TOKEN: account.authToken,
        TWILIO_PHONE_NUMBER: account.phoneNumber,
        TWILIO_API_BASE_URL: `http://127.0.0.1:${stage.port}/twilio`,
        VOICE_MAX_CALLS: MAX_CALLS,
        PARLEY_DATA_KEYS: `bench:${randomBytes(32).toString('base64')}`,
        NODE_OPTIONS: PROBE_OPTION + profiling,
      },
      log: ({ source, text }) => {
        if (source.startsWith(VOICE_BRIDGE)) watched.parley.hear(text);
        keep(log, `${source}: ${text}`);
      },
    }).catch((error: unknown) => {
      stage.stop();
      throw error;
    });
    let relay: ServiceProcess | undefined;
    try {
      await stage.connect(local.natsUrl, !system);
      relay = await bareRelay({ ...vendors, NATS_URL: local.natsUrl }, (text) => {
        watched.relay.hear(text);
        keep(log, `relay: ${text}`);
      });
      if (cores) for (const { pid } of [local.process(VOICE_BRIDGE), relay]) pin(pid, [cores.measured]);
      return new Arena(stage, local, relay, folder, log, watched);
    } catch (error) {
      stage.stop();
      await relay?.stop();
      await local.stop();
      throw error;
    }
  }

  /** What the processes wrote last. */
  get lastWords(): string {
    return this.log.join('\n');
  }

  async stop(): Promise<void> {
    this.stage.stop();
    await Promise.all([this.relayProcess.stop(), this.local.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function keep(log: string[], line: string): void {
  log.push(line);
  if (log.length > REMEMBERED_LINES) log.shift();
}

async function bareRelay(
  env: Record<string, string>,
  onLine: (text: string) => void,
): Promise<ServiceProcess> {
  const port = await freePort();
  const relay = new ServiceProcess({
    source: 'bare-relay',
    script: RELAY_SCRIPT,
    port,
    env: {
      ...env,
      PORT: String(port),
      NODE_OPTIONS: PROBE_OPTION,
      ELEVENLABS_BASE_URL: env['ELEVENLABS_BASE_URL']!.replace(/^http/, 'ws'),
    },
    log: ({ text }) => onLine(text),
  });
  await relay.start();
  return relay;
}
