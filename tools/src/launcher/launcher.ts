import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LocalParley, claimFolder, findNatsServer, parleyServices } from '@parley/local-stack';
import type { LaunchSettings } from './launch-settings.js';
import { type LocalSecrets, loadLocalSecrets } from './local-secrets.js';
import { type Origin, serviceOf, startOrigin } from './origin.js';
import { removeRunFile, writeRunFile } from './run-file.js';
import { serviceLog } from './service-log.js';
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

/** All of Parley under one process and at one address. */
export class Launcher {
  #release: (() => void) | undefined;
  #origin: Origin | undefined;
  #parley: LocalParley | undefined;
  #supervisor: Supervisor | undefined;

  constructor(private readonly options: LauncherOptions) {}

  /** Returns the API key that works with it. Throws when something does not start; `stop` cleans up. */
  async start(): Promise<{ apiKey: string }> {
    const { settings, env, print } = this.options;
    const { dataDir } = settings;
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    this.#release = claimFolder(dataDir);
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
    this.#parley = await this.#startParley(secrets, natsBinary, localOriginSecret);
    writeRunFile(dataDir, {
      pid: process.pid,
      origin: `http://localhost:${settings.port}`,
      simulatorUrl: this.#parley.processes('simulator')[0]?.url,
    });
    return { apiKey: env['PARLEY_API_KEY'] || secrets.apiKey };
  }

  async stop(): Promise<void> {
    this.#supervisor?.stop();
    // Last: Twilio asks how to go on with each call that voice-bridge lets go, and is answered here when nobody else does.
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
      env: {
        PARLEY_DATA_KEYS: secrets.dataKeys,
        PARLEY_API_KEY: secrets.apiKey,
        LLM_PROVIDER: settings.llmProvider,
        ...settings.serviceEnv,
        LOG_FORMAT: 'json',
        ...(localOriginSecret && { LOCAL_ORIGIN_SECRET: localOriginSecret }),
      },
      log: serviceLog(dataDir, settings.logLevel, print),
      onUnexpectedExit: (source, exit) => supervisor.onExit(source, exit),
    });
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
