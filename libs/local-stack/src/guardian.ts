import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from './checkout.js';

/** A signal for a running child, and how long after the owner's death the guardian sends it. */
export interface StopStep {
  afterMs: number;
  signal: NodeJS.Signals;
}

const script = join(repositoryRoot, 'libs/local-stack/guardian.mjs');
const guarded = new Map<number, readonly StopStep[]>();
let guardian: ChildProcess | undefined;

/**
 * Makes the guardian, a separate process, stop a child if this process dies without stopping it. Call the returned
 * function when the child has exited.
 */
export function guardProcess(pid: number, stopSteps: readonly StopStep[]): () => void {
  guarded.set(pid, stopSteps);
  if (guardian) notify(guardian, { pid, stopSteps });
  else guardian = startGuardian();
  return () => {
    guarded.delete(pid);
    if (guardian) notify(guardian, { pid });
  };
}

function startGuardian(): ChildProcess {
  const child = spawn(process.execPath, [script], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const replace = () => {
    if (guardian === child) guardian = guarded.size > 0 ? startGuardian() : undefined;
  };
  child.once('exit', replace);
  child.once('error', replace);
  child.unref();
  child.channel?.unref();
  for (const [pid, stopSteps] of guarded) notify(child, { pid, stopSteps });
  return child;
}

function notify(child: ChildProcess, message: { pid: number; stopSteps?: readonly StopStep[] }): void {
  // A failed write means that the guardian has exited; its replacement gets the list of all children.
  child.send(message, () => {});
}
