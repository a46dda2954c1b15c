import {
  type LocalParleyOptions,
  type LocalService,
  type LogSink,
  NO_LOOP_LIMITS,
  parleyServices,
} from '@parley/local-stack';
import { type ClusterContent, DATA_KEYS } from './prepared-cluster.js';
import { type TestAgent, writeAgents } from './test-agents.js';

export interface RunningParleyOptions {
  /** The number of processes of each service. Default: one. */
  replicas?: Readonly<Record<string, number>>;
  /** Whether codes can be requested and checked. Default false: no process of verification runs. */
  verification?: boolean;
  /** `simulated` is the simulator's model, which a test can script. Default: `demo`, the built-in agent. */
  model?: 'demo' | 'simulated';
  /** Default 0.1: leases and sweeps take a tenth of their real time. */
  recoveryTimeScale?: number;
  /** Default 0.1: replies wait for a person who may still be writing a tenth of the real time. */
  burstTimeScale?: number;
  env?: Readonly<Record<string, string>>;
  /** Variables by service; override `env`. */
  serviceEnv?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The Postgres to use. Default: Parley's own. */
  databaseAdminUrl?: string;
  /** Whether calls are answered. Default false, because most tests are about texts. */
  voice?: boolean;
  /** Default: the demo agent. The simulated Twilio account owns the numbers of all agents. */
  agents?: readonly TestAgent[];
  /** The voice settings of the only agent; not together with `agents`. */
  agentVoice?: Readonly<Record<string, unknown>>;
  /** The replica of voice-bridge that media sockets reach; webhooks reach the first replica. */
  mediaReplica?: number;
}

/** The Twilio account of tests that start all services. */
export const testAccount = {
  accountSid: 'AC00000000000000000000000000000001',
  authToken: 'an auth token for tests',
  phoneNumber: '+15550100000',
};

/** Returns the initial content of Parley's own Postgres; undefined if the options name another Postgres. */
export function clusterContentFor(options: RunningParleyOptions): ClusterContent | undefined {
  if (options.databaseAdminUrl) return undefined;
  if (agentsOf(options)) return 'empty';
  return options.voice ? 'calls' : 'texts';
}

export function localParleyOptions(
  options: RunningParleyOptions,
  { folder, apiKey, log }: { folder: string; apiKey: string; log: LogSink },
): LocalParleyOptions {
  const agents = agentsOf(options);
  return {
    dataDir: folder,
    durable: false,
    databaseAdminUrl: options.databaseAdminUrl,
    services: servicesOf(options),
    replicas: { verification: options.verification ? 1 : 0, ...options.replicas },
    env: {
      PARLEY_DATA_KEYS: DATA_KEYS,
      PARLEY_API_KEY: apiKey,
      RECOVERY_TIME_SCALE: String(options.recoveryTimeScale ?? 0.1),
      BURST_TIME_SCALE: String(options.burstTimeScale ?? 0.1),
      ...NO_LOOP_LIMITS,
      LOG_LEVEL: 'debug',
      ...(agents && {
        AGENTS_FILE: writeAgents(folder, agents),
        SIMULATOR_TWILIO_NUMBERS: numbersOf(agents),
      }),
      ...options.env,
    },
    serviceEnv: options.serviceEnv ?? {},
    log,
  };
}

function servicesOf({ voice = false, mediaReplica, model }: RunningParleyOptions): LocalService[] {
  const services = parleyServices({
    twilio: testAccount,
    voice,
    ...(mediaReplica !== undefined && { mediaReplica }),
  });
  if (model !== 'simulated') return services;
  return services.map((service) => ({
    ...service,
    env: (addresses) => ({
      ...service.env?.(addresses),
      ...(service.name === 'agent-orchestrator' && {
        LLM_PROVIDER: 'openai-compatible',
        LLM_BASE_URL: `${addresses.urlOf('simulator')}/v1`,
        LLM_MODEL: 'simulated',
        LLM_API_KEY: 'none needed',
      }),
    }),
  }));
}

function agentsOf({ agents, agentVoice: voice }: RunningParleyOptions): readonly TestAgent[] | undefined {
  return agents ?? (voice && [{ key: 'test', default: true, callerIdTrust: 'always', voice }]);
}

function numbersOf(agents: readonly TestAgent[]): string {
  return [testAccount.phoneNumber, ...agents.flatMap(({ numbers = [] }) => numbers)].join(',');
}
