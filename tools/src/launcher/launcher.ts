import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  FolderInUseError,
  LocalParley,
  type NatsUser,
  claimFolder,
  findNatsServer,
  NATS_PORT,
  parleyServices,
} from '@parley/local-stack';
import { type LaunchSettings, LaunchSettingsError } from './launch-settings.js';
import { type LocalSecrets, loadLocalSecrets } from './local-secrets.js';
import { SUBSCRIBER, natsUsers } from './nats-access.js';
import { type Origin, serviceOf, startOrigin } from './origin.js';
import { removeRunFile, writeRunFile } from './run-file.js';
import { serviceLog } from './service-log.js';
import { serviceVariables } from './service-variables.js';
import { Supervisor } from './supervisor.js';

export interface LauncherOptions {
  settings: LaunchSettings;
  env: NodeJS.ProcessEnv;
  /** Empties the data folder first. */
  reset: boolean;
  print: (text: string) => void;
  /** Called when it can run no longer. */
  giveUp: (reason: string) => void;
}

/** How a person reaches what runs. */
export interface Started {
  apiKey: string;
  natsUrl: string;
  /** Of our own nats-server: the user who may read public events. */
  subscriber?: NatsUser | undefined;
}

/** All of Parley under one process and at one address. */
export class Launcher {
  #release: (() => void) | undefined;
  #origin: Origin | undefined;
  #parley: LocalParley | undefined;
  #supervisor: Supervisor | undefined;

  constructor(private readonly options: LauncherOptions) {}

  /** Throws when something does not start; `stop` cleans up. */
  async start(): Promise<Started> {
    const { settings, env, print } = this.options;
    const { dataDir } = settings;
    this.#release = claimDataFolder(dataDir);
    const localOriginSecret =
      settings.twilio.mode === 'simulated' ? randomBytes(24).toString('base64url') : undefined;
    this.#origin = await startOrigin({
      port: settings.port,
      host: settings.host,
      upstream: (path) =>
        this.#parley?.processes(serviceOf(path))[0]?.url ?? this.#parley?.process('sms-gateway').url,
      localOriginSecret,
    });
    if (this.options.reset) this.#emptyDataFolder();
    const secrets = loadLocalSecrets(dataDir);
    const natsBinary = settings.natsUrl
      ? undefined
      : (await findNatsServer({ env, progress: (text) => print(`${text} …`) })).path;
    print('Starting Postgres, NATS and the services …');
    const parley = await this.#startParley(secrets, natsBinary, localOriginSecret);
    this.#parley = parley;
    writeRunFile({
      pid: process.pid,
      origin: `http://localhost:${settings.port}`,
      dataDir,
      natsUrl: parley.natsUrl,
      ...(settings.twilio.mode === 'simulated' && {
        simulator: { url: parley.process('simulator').url, phoneNumber: settings.twilio.phoneNumber },
      }),
    });
    const users = parley.nats ? natsUsers(secrets.natsSecret, []) : [];
    return {
      apiKey: env['PARLEY_API_KEY'] || secrets.apiKey,
      natsUrl: parley.natsUrl,
      subscriber: users.find(({ name }) => name === SUBSCRIBER),
    };
  }

  async stop(): Promise<void> {
    this.#supervisor?.stop();
    // Last: when voice-bridge stops, Twilio asks how each of its calls goes on, and only the origin is there to answer.
    await this.#parley?.stop();
    await this.#origin?.close();
    if (!this.#release) return;
    removeRunFile(this.options.settings.dataDir);
    this.#release();
  }

  async #startParley(
    secrets: LocalSecrets,
    natsBinary: string | undefined,
    localOriginSecret: string | undefined,
  ): Promise<LocalParley> {
    const { settings, print, giveUp } = this.options;
    const { dataDir, databaseUrl, databaseAdminUrl, natsUrl, publicUrl, twilio } = settings;
    const supervisor = new Supervisor({
      start: (source) => this.#startAgain(source),
      report: print,
      giveUp,
    });
    this.#supervisor = supervisor;
    const services = parleyServices({
      ...(twilio.mode === 'simulated' && {
        twilio: {
          accountSid: secrets.twilioAccountSid,
          authToken: secrets.twilioAuthToken,
          phoneNumber: twilio.phoneNumber,
        },
      }),
      voice: settings.voice !== 'off',
    });
    return LocalParley.start({
      dataDir,
      services,
      databaseUrl,
      databaseAdminUrl,
      natsUrl,
      natsBinary,
      publicUrl,
      natsPort: NATS_PORT,
      natsUsers: natsUsers(
        secrets.natsSecret,
        services.filter(({ usesNats }) => usesNats).map(({ name }) => name),
      ),
      serviceEnv: this.#serviceEnv(secrets, localOriginSecret),
      log: serviceLog(dataDir, settings.logLevel, print),
      onUnexpectedExit: (source, exit) => supervisor.onExit(source, exit),
    });
  }

  #serviceEnv(
    secrets: LocalSecrets,
    localOriginSecret: string | undefined,
  ): Record<string, Record<string, string>> {
    const { llmProvider, serviceEnv } = this.options.settings;
    const byService = serviceVariables({
      PARLEY_DATA_KEYS: secrets.dataKeys,
      PARLEY_API_KEY: secrets.apiKey,
      LLM_PROVIDER: llmProvider,
      ...serviceEnv,
      LOG_FORMAT: 'json',
    });
    return {
      ...byService,
      'sms-gateway': {
        ...byService['sms-gateway'],
        ...(localOriginSecret && { LOCAL_ORIGIN_SECRET: localOriginSecret }),
      },
    };
  }

  async #startAgain(source: string): Promise<void> {
    const parley = this.#parley;
    if (source === 'postgres') await parley?.postgres?.start();
    else if (source === 'nats') await parley?.nats?.start();
    else
      await parley
        ?.processes()
        .find((process) => process.source === source)
        ?.start();
  }

  #emptyDataFolder(): void {
    const { dataDir, databaseUrl, databaseAdminUrl, natsUrl } = this.options.settings;
    for (const name of readdirSync(dataDir))
      if (name !== 'owner.json') rmSync(join(dataDir, name), { recursive: true, force: true });
    this.options.print(`Emptied ${dataDir}.`);
    if (databaseUrl || databaseAdminUrl || natsUrl)
      this.options.print('The Postgres or NATS that you gave is not ours to empty; it was left as it is.');
  }
}

function claimDataFolder(dataDir: string): () => void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    return claimFolder(dataDir);
  } catch (error) {
    if (error instanceof FolderInUseError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new LaunchSettingsError(`PARLEY_DATA_DIR: ${dataDir} cannot hold the data (${reason}).`);
  }
}
