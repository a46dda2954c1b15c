/**
 * Runs one of our programs (tools/src/<program>.ts), also in a fresh clone: installs, builds, and starts the program with
 * a recent Node. Plain JavaScript for Node 20, since it runs before the installation.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { natsServerCache, versionsIn } from '../libs/local-stack/nats-server/cache.mjs';
import { isBuilt } from './build.mjs';
import { programs } from './programs.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const MINIMUM_NODE = [22, 12];
const LOCK_POLL_MS = 200;
const STEP_STOP_MS = 2_000;
const PARENT_POLL_MS = 1_000;
const LOCK_MAX_AGE_MS = 20 * 60_000;
/** One Ctrl-C sends several signals: the terminal and npm send one each. */
const SAME_PRESS_MS = 700;
/** How long a program may take after Ctrl-C to report that it is stopping; then it is killed. */
const STOP_REPORT_MS = 5_000;
/** After a second Ctrl-C a program has this time to exit. */
const SECOND_PRESS_MS = 1_000;

const [name, ...args] = process.argv.slice(2);
try {
  process.exitCode = await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

async function main() {
  if (name === 'build') {
    await prepare();
    return 0;
  }
  if (!Object.hasOwn(programs, name)) {
    throw new Error(`Usage: node tools/bootstrap.mjs build|${Object.keys(programs).join('|')} [arguments]`);
  }
  const help = args.includes('--help') && helpText();
  if (help) {
    process.stdout.write(help);
    return 0;
  }
  if (!programs[name].needsBuild && !existsSync(join(root, 'node_modules'))) {
    throw new Error(
      'Parley is not running. Start it with npm start, and wait until it prints "Parley runs at".',
    );
  }
  const script = join(root, 'dist', 'tools', `${name}.js`);
  if (programs[name].needsBuild || !isInstalled() || !existsSync(script)) await prepare();
  return run(findNode(), script);
}

/** Returns the help of the program, or of its first argument: `npm run bench -- sms --help`. */
function helpText() {
  const files = [`${name}-${args[0]}.txt`, `${name}.txt`].map((file) => join(root, 'tools', 'help', file));
  const file = files.find((candidate) => existsSync(candidate));
  return file && readFileSync(file);
}

/** Installs and builds under a lock, since `npm test` may run beside `npm start`. */
async function prepare() {
  const release = await lock();
  const download = isInstalled() ? undefined : downloadNatsServer();
  try {
    if (!isInstalled()) await install();
    if (!isBuilt()) await step('Building', findNode(), [join(root, 'tools', 'build.mjs')]);
    await download?.ended;
  } finally {
    download?.stop();
    release();
  }
}

/** Whether node_modules matches the lock file. */
function isInstalled() {
  const wanted = readPackages('package-lock.json');
  const present = readPackages('node_modules/.package-lock.json');
  if (!wanted || !present) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) return true;
    const found = present[path];
    if (!found) return Boolean(entry.optional);
    return found.version === entry.version && existsSync(join(root, path));
  });
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

async function install() {
  const launcher = runningLauncher();
  if (launcher !== undefined) {
    throw new Error(
      `The dependencies have changed, and installing them would break the running npm start (process ${launcher}). Stop it first.`,
    );
  }
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  await step('Installing dependencies', npm, [
    'ci',
    // With NODE_ENV=production npm would omit the build tools.
    '--include=dev',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
}

/**
 * Downloads nats-server during the installation. Ignores errors, because a program that needs nats-server tries again
 * and reports them.
 */
function downloadNatsServer() {
  const { NATS_URL, NATS_SERVER_BIN } = process.env;
  if (name === 'build' || NATS_URL || NATS_SERVER_BIN || versionsIn(natsServerCache()).length > 0)
    return undefined;
  const script = join(root, 'libs', 'local-stack', 'nats-server', 'download.mjs');
  const child = spawn(process.execPath, [script], { stdio: 'ignore', detached: true });
  const stop = () => killGroup(child, 'SIGTERM');
  process.once('exit', stop);
  return { ended: ended(child), stop };
}

/** Runs a command and shows its title and duration; shows its output only when it fails. */
async function step(title, command, commandArgs) {
  const startedAt = Date.now();
  const seconds = () => `${Math.round((Date.now() - startedAt) / 1000)} s`;
  const live = process.stderr.isTTY;
  if (!live) process.stderr.write(`${title} …\n`);
  const draw = () => process.stderr.write(`\r${title} … ${seconds()} `);
  const timer = live
    ? setInterval(draw, 250)
    : setInterval(() => process.stderr.write(`${title} … ${seconds()}\n`), 15_000);
  const child = spawn(command, commandArgs, {
    cwd: root,
    env: childEnv(),
    stdio: ['ignore', 'pipe', 'pipe'],
    // In its own process group, because npm stops slowly and leaves its children running.
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const interruption = stopOnSignal(child);
  const { code } = await ended(child);
  interruption.forget();
  clearInterval(timer);
  if (code === 0) {
    process.stderr.write(`${live ? '\r' : ''}${title}: done in ${seconds()}\n`);
    return;
  }
  if (interruption.signal) {
    console.error(`${title}: interrupted`);
    process.exit(interruption.signal === 'SIGINT' ? 130 : 143);
  }
  throw new Error(`\n${output.trim()}\n\n${title} failed (exit code ${code}).`);
}

/** Runs the program; its IPC channel closes when this process is killed. */
async function run(node, script) {
  const child = spawn(node, ['--enable-source-maps', script, ...args], {
    cwd: root,
    env: { ...childEnv(), NODE_COMPILE_CACHE: join(root, 'dist', 'compile-cache') },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  const stopping = forwardSignals(child);
  const watch = watchParents(child);
  const { code } = await ended(child);
  clearInterval(watch);
  stopping.forget();
  return code ?? (stopping.asked ? 130 : 1);
}

/** Stops the program after npm was killed, which shows only in a changed pid of our parent or of the shell above it. */
function watchParents(child) {
  if (!process.env.npm_lifecycle_event) return undefined;
  const parents = () => `${process.ppid} ${parentOf(process.ppid)}`;
  const before = parents();
  return setInterval(() => parents() !== before && child.kill('SIGTERM'), PARENT_POLL_MS).unref();
}

function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
  } catch {
    // On other systems /bin/sh replaces itself with the command, so npm is our parent.
    return undefined;
  }
}

/** Stops a step and all its children at the first signal. */
function stopOnSignal(child) {
  const stopped = { signal: undefined, forget: () => signals.forEach((signal) => process.off(signal, stop)) };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const stop = (signal) => {
    if (stopped.signal) return;
    stopped.signal = signal;
    process.stderr.write('\nStopping …\n');
    killGroup(child, 'SIGTERM');
    setTimeout(() => killGroup(child, 'SIGKILL'), STEP_STOP_MS).unref();
  };
  for (const signal of signals) process.on(signal, stop);
  return stopped;
}

function killGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The process has already exited.
  }
}

/**
 * Forwards signals to the program. Kills the program at a second Ctrl-C, or if it should report its stop
 * (`reportsStop`) and does not.
 */
function forwardSignals(child) {
  const state = { asked: false, forget: () => timers.forEach(clearTimeout) };
  const timers = [];
  const killAfter = (ms) => timers.push(setTimeout(() => child.kill('SIGKILL'), ms));
  let firstAt;
  const forward = (signal) => {
    state.asked = true;
    child.kill(signal);
    firstAt ??= Date.now();
    if (Date.now() - firstAt > SAME_PRESS_MS) killAfter(SECOND_PRESS_MS);
    else if (programs[name].reportsStop && timers.length === 0) killAfter(STOP_REPORT_MS);
  };
  child.on('message', (message) => message === 'stopping' && state.forget());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
  return state;
}

function ended(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

function childEnv() {
  return { ...process.env, PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}` };
}

/** Returns the Node among our dependencies if there is one for this machine, else the Node that runs this script. */
function findNode() {
  const candidates = [join(root, 'node_modules/.bin/node'), process.execPath];
  const found = candidates.find((candidate) => isRecent(versionOf(candidate)));
  if (found) return found;
  throw new Error(
    `Parley needs Node ${MINIMUM_NODE.join('.')} or newer on this machine (${process.platform} ${process.arch}); ` +
      `this is ${process.version}. Install a newer Node and try again.`,
  );
}

function versionOf(node) {
  if (!existsSync(node)) return undefined;
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().slice(1).split('.').map(Number) : undefined;
}

function isRecent(version) {
  if (!version) return false;
  const [major, minor] = version;
  return major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1]);
}

/** Takes the lock; replaces the lock of a process that died. */
async function lock() {
  const folder = join(root, '.cache');
  const file = join(folder, 'bootstrap.lock');
  const draft = `${file}.${process.pid}`;
  mkdirSync(folder, { recursive: true });
  let isReported = false;
  for (;;) {
    writeFileSync(draft, String(process.pid));
    try {
      // A hard link appears together with its content, and only if the name was unused.
      linkSync(draft, file);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft, { force: true });
    }
    const owner = readPid(file);
    if (isStale(file, owner)) rmSync(file, { force: true });
    else {
      if (!isReported) console.error(`Waiting for process ${owner}, which installs or builds …`);
      isReported = true;
      await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
    }
  }
  const release = () => readPid(file) === process.pid && rmSync(file, { force: true });
  process.once('exit', release);
  return release;
}

/** Whether the lock's process died, or the lock is so old that its pid may belong to another process. */
function isStale(file, owner) {
  const writtenAt = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (writtenAt === undefined || owner === undefined) return false;
  return !isAlive(owner) || Date.now() - writtenAt > LOCK_MAX_AGE_MS;
}

/** Returns the pid of a running launcher of this checkout (tools/src/launcher/run-file.ts). */
function runningLauncher() {
  const folder = join(root, '.cache', 'runs');
  if (!existsSync(folder)) return undefined;
  return readdirSync(folder)
    .map((file) => pidIn(join(folder, file)))
    .find((pid) => pid !== undefined && isAlive(pid));
}

function pidIn(runFile) {
  try {
    return JSON.parse(readFileSync(runFile, 'utf8')).pid;
  } catch {
    return undefined;
  }
}

function readPid(file) {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}
