/**
 * Stops the children of the process that started it if that process dies without stopping them (kill -9). Gets their
 * pids over its IPC channel, which closes when that process dies.
 */
const watched = new Map();

process.on('message', (message) => {
  if (message.stopSteps) watched.set(message.pid, message.stopSteps);
  else watched.delete(message.pid);
});

process.on('disconnect', () => {
  void Promise.all([...watched].map(([pid, stopSteps]) => stop(pid, stopSteps))).then(() => process.exit(0));
});

// Signals to the owner's process group are meant for the owner only.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

async function stop(pid, stopSteps) {
  const startedAt = Date.now();
  for (const { afterMs, signal } of stopSteps) {
    while (Date.now() - startedAt < afterMs) {
      if (!send(pid, 0)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    if (!send(pid, signal)) return;
  }
}

function send(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
