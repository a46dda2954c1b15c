import { join, resolve } from 'node:path';
import { repositoryRoot } from '@parley/local-stack';
import { neededSpeechKeys, SPEECH_VARIABLES } from '@parley/voice-bridge';
import { LOG_LEVELS, type LogLevel } from './service-log.js';

type Env = Readonly<Record<string, string | undefined>>;
type Problems = Map<string, string>;

/** The settings of the launcher itself. All other variables are passed to the services. */
export interface LaunchSettings {
  port: number;
  host: string;
  dataDir: string;
  publicUrl: string;
  /** `simulated` without Twilio credentials. */
  twilio: { mode: 'simulated'; phoneNumber: string } | { mode: 'live' };
  /** `off`: live Twilio credentials without those of the speech vendors. */
  voice: 'simulated' | 'live' | 'off';
  /** The variables with the keys that calls need beside Twilio's. */
  voiceKeys: readonly string[];
  llmProvider: string;
  databaseUrl: string | undefined;
  databaseAdminUrl: string | undefined;
  natsUrl: string | undefined;
  /** The lowest level of log lines to show. Default: warnings. */
  logLevel: LogLevel;
  /** Variables that are passed to every service. */
  serviceEnv: Record<string, string>;
  warnings: string[];
}

export const DEFAULT_PORT = 4000;
export const DEFAULT_DATA_DIR = join(repositoryRoot, '.parley');
const SIMULATED_PHONE_NUMBER = '+15550100000';

/** Variables that only the launcher reads, or that it derives for each service. */
const OWN_VARIABLES =
  /^(DATABASE_URL|DATABASE_ADMIN_URL|NATS_URL|NATS_SERVER_BIN|PORT|WEBHOOK_PORT|HOST|PUBLIC_URL|LOCAL_ORIGIN_SECRET|PARLEY_DATA_DIR|npm_.*)$/;
/** Settings of the real vendors, which are ignored while the vendors are simulated. */
const LIVE_VARIABLES = new RegExp(
  `^(TWILIO_(ACCOUNT_SID|AUTH_TOKEN|AUTH_TOKEN_NEXT|API_KEY|API_SECRET|API_BASE_URL|PHONE_NUMBER)|WEBHOOK_URL|NGROK_URL|MEDIA_PUBLIC_URL|${SPEECH_VARIABLES.join('|')})$`,
);

/** Reads the launcher's settings. `problems` contains a message for each wrong variable. */
export function readLaunchSettings(env: Env): { settings: LaunchSettings; problems: Problems } {
  const problems: Problems = new Map();
  const given = (name: string) => env[name]?.trim() || undefined;
  const port = portOf(given('WEBHOOK_PORT') ?? given('PORT'), problems);
  const origin = `http://localhost:${port}`;
  const twilio = twilioOf(given, problems);
  const logLevel = logLevelOf(given('LOG_LEVEL'), problems);
  for (const name of ['DATABASE_ADMIN_URL', 'DATABASE_URL'])
    checkUrls(name, given(name), ['postgres', 'postgresql'], problems);
  checkUrls('NATS_URL', given('NATS_URL'), ['nats', 'tls'], problems);

  const isLive = twilio.mode === 'live';
  const voiceKeys = neededSpeechKeys(env);
  const livePublicUrl = publicUrlOf(given);
  const ifRight = (name: string) => (problems.has(name) ? undefined : given(name));
  const databaseUrl = ifRight('DATABASE_URL');
  const databaseAdminUrl = ifRight('DATABASE_ADMIN_URL');
  const warnings = [
    isLive && !livePublicUrl
      ? 'Twilio cannot reach this machine: set PUBLIC_URL to the address that leads to this port from outside.'
      : '',
    databaseUrl && !databaseAdminUrl
      ? 'Only DATABASE_URL is set: all services share that role. Set DATABASE_ADMIN_URL to give each its own.'
      : '',
  ].filter(Boolean);
  const settings: LaunchSettings = {
    port,
    host: given('HOST') ?? 'localhost',
    dataDir: resolve(repositoryRoot, given('PARLEY_DATA_DIR') ?? DEFAULT_DATA_DIR),
    publicUrl: isLive && livePublicUrl ? livePublicUrl : origin,
    twilio,
    voice: isLive ? (voiceKeys.every((name) => given(name)) ? 'live' : 'off') : 'simulated',
    voiceKeys,
    llmProvider: llmProviderOf(given),
    databaseUrl,
    databaseAdminUrl,
    natsUrl: ifRight('NATS_URL'),
    logLevel,
    serviceEnv: Object.fromEntries(
      Object.entries(env).flatMap(([name, value]) =>
        value === undefined || OWN_VARIABLES.test(name) || (!isLive && LIVE_VARIABLES.test(name))
          ? []
          : [[name, value]],
      ),
    ),
    warnings,
  };
  return { settings, problems };
}

type Given = (name: string) => string | undefined;

function portOf(text: string | undefined, problems: Problems): number {
  const port = Number(text ?? DEFAULT_PORT);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  problems.set('WEBHOOK_PORT', `must be a port number from 1 to 65535, not "${text}"`);
  return DEFAULT_PORT;
}

/** Accepts one URL, or several separated by commas. */
function checkUrls(name: string, text: string | undefined, schemes: string[], problems: Problems): void {
  const isRight = (url: string) =>
    schemes.some((scheme) => url.startsWith(`${scheme}://`)) &&
    URL.canParse(url) &&
    new URL(url).hostname !== '';
  if (text !== undefined && !text.split(',').every((url) => isRight(url.trim())))
    problems.set(
      name,
      `must be a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
    );
}

function logLevelOf(text = 'warn', problems: Problems): LogLevel {
  const known = LOG_LEVELS.find((level) => level === text);
  if (!known) problems.set('LOG_LEVEL', `must be one of ${LOG_LEVELS.join(', ')}`);
  return known ?? 'warn';
}

function twilioOf(given: Given, problems: Problems): LaunchSettings['twilio'] {
  const credentials = ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN'];
  const missing = credentials.filter((name) => !given(name));
  if (missing.length === credentials.length)
    return { mode: 'simulated', phoneNumber: given('TWILIO_PHONE_NUMBER') ?? SIMULATED_PHONE_NUMBER };
  for (const name of missing)
    problems.set(
      name,
      `is missing: set both ${credentials.join(' and ')} for live mode, or neither for simulated vendors`,
    );
  return { mode: 'live' };
}

function publicUrlOf(given: Given): string | undefined {
  const url =
    given('PUBLIC_URL') ?? given('WEBHOOK_URL')?.replace(/\/webhook\/sms\/?$/, '') ?? given('NGROK_URL');
  return url?.replace(/\/$/, '');
}

function llmProviderOf(given: Given): string {
  const chosen = given('LLM_PROVIDER');
  if (chosen) return chosen;
  if (given('LLM_BASE_URL')) return 'openai-compatible';
  return given('LLM_API_KEY') ? 'openai' : 'demo';
}
