import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from './checkout.js';

/** A signal, and how long after the owner's death the guardian sends it to a child that is still there. */
export interface StopStep {
  afterMs: number;
  signal: NodeJS.Signals;
}

const script = join(repositoryRoot, 'libs/local-stack/guardian.mjs');
const guarded = new Map<number, readonly StopStep[]>();
let guardian: ChildProcess | undefined;

/**
 * Has a child process stopped by a separate guardian process when this process dies without stopping it.
 * Call the returned function once the child has exited.
 */
export function guard(pid: number, stopSteps: readonly StopStep[]): () => void {
  guarded.set(pid, stopSteps);
  if (guardian) tell(guardian, { pid, stopSteps });
  else guardian = startGuardian();
  return () => {
    guarded.delete(pid);
    if (guardian) tell(guardian, { pid });
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
  for (const [pid, stopSteps] of guarded) tell(child, { pid, stopSteps });
  return child;
}

function tell(child: ChildProcess, message: { pid: number; stopSteps?: readonly StopStep[] }): void {
  // A failed write means that the guardian just exited; its replacement is told about all children.
  child.send(message, () => {});
}
