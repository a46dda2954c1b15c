import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { serviceAt } from '@parley/contracts';
import {
  FolderInUseError,
  LocalParley,
  type LocalService,
  type NatsUser,
  NATS_PORT,
  claimFolder,
  endAllProcesses,
  findNatsServer,
  parleyServices,
} from '@parley/local-stack';
import { ConfigurationError, problemsText } from '@parley/service-kit/env';
import { problemsBeforeStart } from './check-settings.js';
import type { LaunchSettings } from './launch-settings.js';
import { variablesByService } from './launched-services.js';
import { type LocalSecrets, loadLocalSecrets, newLocalSecrets } from './local-secrets.js';
import { SUBSCRIBER, natsUsers } from './nats-access.js';
import { type Origin, startOrigin } from './origin.js';
import { removeRunFile, writeRunFile } from './run-file.js';
import { serviceLog } from './service-log.js';
import { Supervisor } from './supervisor.js';

export interface LauncherOptions {
  settings: LaunchSettings;
  /** The problem of each wrong variable. */
  problems: ReadonlyMap<string, string>;
  env: NodeJS.ProcessEnv;
  /** Deletes the data first. */
  reset: boolean;
  print: (text: string) => void;
  /** Called when Parley cannot continue. */
  giveUp: (reason: string) => void;
}

/** How to reach the running Parley. */
export interface StartedParley {
  apiKey: string;
  natsUrl: string;
  /** The user of our nats-server who may read public events. */
  subscriber?: NatsUser | undefined;
}

/** Runs all of Parley as children of this process, at one address. */
export class Launcher {
  #release: (() => void) | undefined;
  #origin: Origin | undefined;
  #parley: LocalParley | undefined;
  #supervisor: Supervisor | undefined;

  constructor(private readonly options: LauncherOptions) {}

  /**
   * Starts everything. After an error that is not a ConfigurationError, call `abandon`.
   * @throws ConfigurationError with all wrong settings, before anything starts
   */
  async start(): Promise<StartedParley> {
    const { settings, env, print } = this.options;
    const { dataDir } = settings;
    await this.#claimDataFolder();
    const localOriginSecret =
      settings.twilio.mode === 'simulated' ? randomBytes(24).toString('base64url') : undefined;
    this.#origin = await startOrigin({
      port: settings.port,
      host: settings.host,
      upstream: (path) =>
        this.#parley?.processes(serviceAt(path))[0]?.url ?? this.#parley?.process('sms-gateway').url,
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
    const apiKey = env['PARLEY_API_KEY'] || secrets.apiKey;
    writeRunFile({
      pid: process.pid,
      origin: `http://localhost:${settings.port}`,
      dataDir,
      natsUrl: parley.natsUrl,
      apiKey,
      ...(settings.twilio.mode === 'simulated' && {
        simulator: { url: parley.process('simulator').url, phoneNumber: settings.twilio.phoneNumber },
      }),
    });
    const users = parley.nats ? natsUsers(secrets.natsSecret) : [];
    return {
      apiKey,
      natsUrl: parley.natsUrl,
      subscriber: users.find(({ name }) => name === SUBSCRIBER),
    };
  }

  /** Stops a start that has not finished or has failed. */
  async abandon(): Promise<void> {
    this.#supervisor?.stop();
    await endAllProcesses();
    await this.#origin?.close();
    this.#release?.();
  }

  async stop(): Promise<void> {
    this.#supervisor?.stop();
    // The origin closes last: when voice-bridge stops, Twilio requests new instructions for each call, and the origin answers.
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
    const { dataDir, databaseUrl, databaseAdminUrl, natsUrl, publicUrl } = settings;
    const supervisor = new Supervisor({
      start: (source) => this.#startAgain(source),
      report: print,
      giveUp,
    });
    this.#supervisor = supervisor;
    const services = this.#services(secrets);
    return LocalParley.start({
      dataDir,
      services,
      databaseUrl,
      databaseAdminUrl,
      natsUrl,
      natsBinary,
      publicUrl,
      natsPort: NATS_PORT,
      natsUsers: natsUsers(secrets.natsSecret),
      serviceEnv: this.#serviceEnv(secrets, localOriginSecret),
      log: serviceLog(dataDir, settings.logLevel, print),
      onUnexpectedExit: (source, exit) => supervisor.onExit(source, exit),
    });
  }

  async #claimDataFolder(): Promise<void> {
    const { settings, env } = this.options;
    const secrets = newLocalSecrets();
    const problems = new Map([
      ...(await problemsBeforeStart(settings, {
        env,
        services: this.#services(secrets),
        serviceEnv: this.#serviceEnv(secrets),
      })),
      ...this.options.problems,
    ]);
    try {
      this.#release = claimFolder(settings.dataDir, 0o700);
    } catch (error) {
      if (error instanceof FolderInUseError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      problems.set('PARLEY_DATA_DIR', `${settings.dataDir} cannot hold the data (${reason})`);
    }
    if (problems.size > 0) throw new ConfigurationError(problemsText('Parley', problems));
  }

  #services(secrets: LocalSecrets): LocalService[] {
    const { twilio, voice } = this.options.settings;
    return parleyServices({
      ...(twilio.mode === 'simulated' && {
        twilio: {
          accountSid: secrets.twilioAccountSid,
          authToken: secrets.twilioAuthToken,
          phoneNumber: twilio.phoneNumber,
        },
      }),
      voice: voice !== 'off',
    });
  }

  #serviceEnv(secrets: LocalSecrets, localOriginSecret?: string): Record<string, Record<string, string>> {
    const { llmProvider, serviceEnv } = this.options.settings;
    const byService = variablesByService({
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
    this.options.print(`Deleted the data in ${dataDir}.`);
    if (databaseUrl || databaseAdminUrl || natsUrl)
      this.options.print('Data in your own Postgres and NATS was not deleted.');
  }
}
