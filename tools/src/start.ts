import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { FolderInUseError, repositoryRoot } from '@parley/local-stack';
import { readLaunchSettings } from './launcher/launch-settings.js';
import { Launcher } from './launcher/launcher.js';
import { START_HELP, greeting } from './launcher/texts.js';
import { readArguments } from './read-arguments.js';

/** A terminal's Ctrl-C reaches us from the terminal, from npm and from our parent: one press, several signals. */
const SAME_PRESS_MS = 700;

const print = (text: string) => console.log(text);

async function main(): Promise<void> {
  const { values } = readArguments('npm start --', {
    options: { reset: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) return print(START_HELP);
  const env = { ...readEnvFile(join(repositoryRoot, '.env')), ...process.env };
  const settings = readLaunchSettings(env);
  const launcher = new Launcher({ settings, env, reset: values.reset ?? false, print, giveUp: fail });
  let startedUp = false;
  let stopAskedAt: number | undefined;

  function fail(reason: string): void {
    console.error(`\n${reason}`);
    void stop(1);
  }
  async function stop(exitCode: number): Promise<void> {
    stopAskedAt ??= performance.now();
    try {
      await launcher.stop();
    } finally {
      process.exit(exitCode);
    }
  }
  function onStopSignal(): void {
    if (stopAskedAt !== undefined) {
      // What still runs is stopped by the guardian and by the services themselves.
      if (performance.now() - stopAskedAt > SAME_PRESS_MS) process.exit(130);
      return;
    }
    print('\nStopping …');
    if (!startedUp) process.exit(130);
    void stop(0);
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onStopSignal);
  process.on('disconnect', onStopSignal);
  // The terminal may be gone before we are.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

  try {
    const { apiKey } = await launcher.start();
    startedUp = true;
    print(greeting(settings, apiKey, settings.dataDir));
  } catch (error) {
    fail(
      error instanceof FolderInUseError
        ? `Parley runs already (process ${error.ownerPid}, data in ${error.folder}). Stop it first, or set PARLEY_DATA_DIR and WEBHOOK_PORT to run a second one.`
        : error instanceof Error
          ? error.message
          : String(error),
    );
  }
}

function readEnvFile(file: string): NodeJS.Dict<string> {
  return existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
}

await main().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
