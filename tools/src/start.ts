import { FolderInUseError, ServiceStartError } from '@parley/local-stack';
import { ConfigurationError, EXIT_CONFIGURATION } from '@parley/service-kit/env';
import { readEnvironment } from './launcher/env-file.js';
import { readLaunchSettings } from './launcher/launch-settings.js';
import { Launcher } from './launcher/launcher.js';
import { greetingText } from './launcher/greeting.js';
import { readArguments } from './read-arguments.js';

/** One Ctrl-C sends several signals: the terminal, npm and our parent send one each. */
const SAME_PRESS_MS = 700;

const print = (text: string) => console.log(text);

async function main(): Promise<void> {
  const { values } = readArguments('npm start --', {
    options: { reset: { type: 'boolean' } },
  });
  const env = readEnvironment();
  const { settings, problems } = readLaunchSettings(env);
  const launcher = new Launcher({
    settings,
    problems,
    env,
    reset: values.reset ?? false,
    print,
    giveUp: fail,
  });
  let startedUp = false;
  let stopAskedAt: number | undefined;

  function fail(reason: string, exitCode = 1): void {
    if (stopAskedAt !== undefined) return;
    console.error(`\n${reason}`);
    void stop(exitCode);
  }
  async function stop(exitCode: number): Promise<void> {
    stopAskedAt = performance.now();
    try {
      await (startedUp ? launcher.stop() : launcher.abandon());
    } finally {
      process.exit(exitCode);
    }
  }
  function onStopSignal(): void {
    process.send?.('stopping');
    if (stopAskedAt !== undefined) {
      // This process exits at a second Ctrl-C, and the guardian stops the remaining processes.
      if (performance.now() - stopAskedAt > SAME_PRESS_MS) process.exit(130);
      return;
    }
    print('\nStopping …');
    void stop(startedUp ? 0 : 130);
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onStopSignal);
  process.on('disconnect', onStopSignal);
  // The terminal may close before this process ends.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

  try {
    const started = await launcher.start();
    startedUp = true;
    print(greetingText(settings, started));
  } catch (error) {
    fail(
      error instanceof FolderInUseError
        ? `Parley is already running (process ${error.ownerPid}, data in ${error.folder}). Stop it, or set PARLEY_DATA_DIR and WEBHOOK_PORT to run a second instance.`
        : error instanceof Error
          ? error.message
          : String(error),
      exitCodeOf(error),
    );
  }
}

/** Returns 78 (EX_CONFIG) if the settings are wrong, because another start would fail too. */
function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigurationError) return error.exitCode;
  return error instanceof ServiceStartError && error.exit.code === EXIT_CONFIGURATION
    ? EXIT_CONFIGURATION
    : 1;
}

await main().catch((error: Error) => {
  console.error(error.message);
  process.exit(exitCodeOf(error));
});
