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
  simulatedSpeechSettings,
} from '@parley/local-stack';
import type { MeasuredProgram } from './measured-program.js';
import { type Cores, pinToCores } from './cores.js';
import { stageTwilioAccount } from './stage/stage-messages.js';
import { Stage } from './stage/stage-process.js';
import { PROBE_OPTION, ProgramProbe } from './program-probe.js';

const RECENT_LINES = 20;
const VOICE_BRIDGE = 'voice-bridge';
const ORCHESTRATOR = 'agent-orchestrator';
const RELAY_SCRIPT = builtProgram('tools/bench/voice/bare-relay');
/** Above every load, so that voice-bridge refuses no call. */
const MAX_CALLS = '2000';

export interface TestbedOptions {
  /** The measured programs run on one core and everything else on the others. Undefined binds nothing. */
  cores: Cores | undefined;
  /** Folder into which voice-bridge writes a CPU profile when it exits. */
  profileDir: string | undefined;
  /** Whether Postgres and NATS flush to disk; false in tests. */
  durable: boolean;
  /** True runs the real agent-orchestrator and simulates only its model. */
  system: boolean;
}

/** voice-bridge and the bare relay in separate processes, Postgres and nats-server, and the stage. */
export class VoiceTestbed {
  readonly relay: MeasuredProgram;
  readonly parley: MeasuredProgram;

  private constructor(
    readonly stage: Stage,
    private readonly local: LocalParley,
    private readonly relayProcess: ServiceProcess,
    private readonly folder: string,
    private readonly log: string[],
    probes: { relay: ProgramProbe; parley: ProgramProbe },
  ) {
    const bridge = local.process(VOICE_BRIDGE);
    this.parley = {
      name: 'parley',
      process: bridge,
      callee: { kind: 'webhook', url: `${bridge.url}/webhooks/twilio/voice` },
      probe: probes.parley,
      helpers: local.processes(ORCHESTRATOR),
    };
    this.relay = {
      name: 'relay',
      process: relayProcess,
      callee: { kind: 'socket', url: relayProcess.url.replace(/^http/, 'ws') },
      probe: probes.relay,
      helpers: [],
    };
  }

  static async start({ cores, profileDir, durable, system }: TestbedOptions): Promise<VoiceTestbed> {
    // All processes started from here on inherit the cores.
    if (cores) pinToCores(process.pid, cores.others);
    const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
    const log: string[] = [];
    const probes: { relay: ProgramProbe; parley: ProgramProbe } = {
      relay: new ProgramProbe(() => relay?.pid ?? 0),
      parley: new ProgramProbe(() => local.process(VOICE_BRIDGE).pid),
    };
    const stage = await Stage.start();
    const measured = system ? [VOICE_BRIDGE, ORCHESTRATOR] : [VOICE_BRIDGE];
    const vendors = simulatedSpeechSettings(`http://127.0.0.1:${stage.port}`);
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
        TWILIO_ACCOUNT_SID: stageTwilioAccount.accountSid,
        TWILIO_AUTH_TOKEN: stageTwilioAccount.authToken,
        TWILIO_PHONE_NUMBER: stageTwilioAccount.phoneNumber,
        TWILIO_API_BASE_URL: `http://127.0.0.1:${stage.port}/twilio`,
        VOICE_MAX_CALLS: MAX_CALLS,
        PARLEY_DATA_KEYS: `bench:${randomBytes(32).toString('base64')}`,
        NODE_OPTIONS: PROBE_OPTION + profiling,
      },
      log: ({ source, text }) => {
        if (source.startsWith(VOICE_BRIDGE)) probes.parley.readLogLine(text);
        appendLine(log, `${source}: ${text}`);
      },
    }).catch((error: unknown) => {
      stage.stop();
      throw error;
    });
    let relay: ServiceProcess | undefined;
    try {
      await stage.connect(local.natsUrl, !system);
      relay = await bareRelay({ ...vendors, NATS_URL: local.natsUrl }, (text) => {
        probes.relay.readLogLine(text);
        appendLine(log, `relay: ${text}`);
      });
      if (cores)
        for (const { pid } of [local.process(VOICE_BRIDGE), relay]) pinToCores(pid, [cores.measured]);
      return new VoiceTestbed(stage, local, relay, folder, log, probes);
    } catch (error) {
      stage.stop();
      await relay?.stop();
      await local.stop();
      throw error;
    }
  }

  /** Returns the last log lines of all processes. */
  get recentLog(): string {
    return this.log.join('\n');
  }

  async stop(): Promise<void> {
    this.stage.stop();
    await Promise.all([this.relayProcess.stop(), this.local.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function appendLine(log: string[], line: string): void {
  log.push(line);
  if (log.length > RECENT_LINES) log.shift();
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
