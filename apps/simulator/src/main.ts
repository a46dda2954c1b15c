import { fstatSync } from 'node:fs';
import { z } from 'zod';
import { buildSimulator } from './simulator.js';
import { HELP_TEXT, SimulatorEnv } from './simulator.env.js';

const BAD_CONFIGURATION = 78;
/** A stop waits this long for open connections. */
const STOP_DEADLINE_MS = 3_000;

function readEnv(): SimulatorEnv {
  const parsed = SimulatorEnv.safeParse(process.env);
  if (parsed.success) return parsed.data;
  process.stderr.write(`simulator: invalid configuration\n${z.prettifyError(parsed.error)}\n`);
  return process.exit(BAD_CONFIGURATION);
}

/** Stops the child when its parent has exited: then the IPC channel or the pipe on stdin closes. */
function onParentGone(stop: () => void): void {
  process.on('disconnect', stop);
  const stdin = fstatSync(0);
  if (process.channel === undefined && (stdin.isFIFO() || stdin.isSocket())) {
    process.stdin.on('close', stop).on('error', stop).resume();
  }
}

if (process.argv.includes('--help')) {
  process.stdout.write(HELP_TEXT);
  process.exit(0);
}

const env = readEnv();
const simulator = buildSimulator(env);
let isStopping = false;
const stop = () => {
  if (isStopping) return;
  isStopping = true;
  setTimeout(() => process.exit(0), STOP_DEADLINE_MS).unref();
  void simulator.close().finally(() => process.exit(0));
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
onParentGone(stop);

simulator.listen({ port: env.PORT, host: env.HOST }, (error, address) => {
  if (error) {
    process.stderr.write(`simulator: ${error.message}\n`);
    process.exit(1);
  }
  process.stdout.write(`simulator listens on ${address}\n`);
});
