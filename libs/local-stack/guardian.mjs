/**
 * Outlives the process that started it, to stop that process' children when it died without doing so (kill -9).
 * It learns of them over its IPC channel; the channel's end is the owner's end.
 */
const watched = new Map();

process.on('message', (message) => {
  if (message.stopSteps) watched.set(message.pid, message.stopSteps);
  else watched.delete(message.pid);
});

process.on('disconnect', () => {
  void Promise.all([...watched].map(([pid, stopSteps]) => stop(pid, stopSteps))).then(() => process.exit(0));
});

// Signals for the owner's process group are the owner's business.
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
