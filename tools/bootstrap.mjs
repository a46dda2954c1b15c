/**
 * Runs one of our programs (tools/src/<program>.ts) from a fresh clone: installs, builds, and hands over to a recent
 * Node. Plain JavaScript for Node 20, since nothing else is there yet.
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
/** A terminal's Ctrl-C reaches us from the terminal and from npm: one press, several signals. */
const SAME_PRESS_MS = 700;
/** A program that does not report within this time that it stops is stuck. */
const STOP_REPORT_MS = 5_000;
/** At a second Ctrl-C a program still has this long to end by itself. */
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
  const script = join(root, 'dist', 'tools', `${name}.js`);
  if (programs[name].needsBuild || !isInstalled() || !existsSync(script)) await prepare();
  return run(findNode(), script);
}

/** Of the program, or of what its first argument names: `npm run bench -- sms --help`. */
function helpText() {
  const files = [`${name}-${args[0]}.txt`, `${name}.txt`].map((file) => join(root, 'tools', 'help', file));
  const file = files.find((candidate) => existsSync(candidate));
  return file && readFileSync(file);
}

/** Installs and builds, one of us at a time: `npm test` may be started beside `npm start`. */
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

/** Whether node_modules holds what the lock file says. */
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
    // With NODE_ENV=production npm would leave out what builds.
    '--include=dev',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
}

/** In the meantime; a program that needs it and does not find it tries again, and reports what is wrong. */
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

/** Runs a command with a line that says what is going on and for how long; its output is shown when it fails. */
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
    // A group of its own: npm takes its time to stop, and leaves its own children running.
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

/** Hands over; an IPC channel tells the program when this process is killed. */
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

/** When npm is killed hard, nothing reaches us but the change of our parent, or of the shell between us and npm. */
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
    // Not Linux: there /bin/sh replaces itself by what it runs, so that npm is our parent.
    return undefined;
  }
}

/** Ends a step and all that it started at the first signal. */
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
    // It has ended.
  }
}

/**
 * Passes signals on, and kills a program that they cannot end: one that is stuck, if it is of those that report their
 * stop, and any other at a second Ctrl-C.
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

/** The Node that comes with our dependencies, where there is one for this machine, else the one that runs us. */
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

/** The lock of a process that died is taken over. */
async function lock() {
  const folder = join(root, '.cache');
  const file = join(folder, 'bootstrap.lock');
  const draft = `${file}.${process.pid}`;
  mkdirSync(folder, { recursive: true });
  let told = false;
  for (;;) {
    writeFileSync(draft, String(process.pid));
    try {
      // A hard link appears with its content, and only when the name was free.
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
      if (!told) console.error(`Waiting for process ${owner}, which installs or builds …`);
      told = true;
      await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
    }
  }
  const release = () => readPid(file) === process.pid && rmSync(file, { force: true });
  process.once('exit', release);
  return release;
}

/** Pids are given out again, so age counts too. */
function isStale(file, owner) {
  const writtenAt = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (writtenAt === undefined || owner === undefined) return false;
  return !isAlive(owner) || Date.now() - writtenAt > LOCK_MAX_AGE_MS;
}

/** The launchers of this checkout, whatever their data folders: see tools/src/launcher/run-file.ts. */
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
