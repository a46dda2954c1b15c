const SHOWN = 15;

/** Prints the slowest spec files and the skipped tests at the end of a run. */
export default class SlowestFilesReporter {
  onTestRunEnd(modules) {
    if (modules.length < 2) return;
    const byDuration = modules.toSorted((one, other) => durationOf(other) - durationOf(one));
    const total = modules.reduce((sum, module) => sum + durationOf(module), 0);
    print(`Slowest of ${modules.length} files, ${seconds(total)} s in all:`);
    for (const module of byDuration.slice(0, SHOWN))
      print(`${seconds(durationOf(module)).padStart(7)} s  ${module.relativeModuleId}`);
    const skipped = modules.flatMap((module) => [...module.children.allTests('skipped')]);
    for (const test of skipped) print(`skipped: ${test.module.relativeModuleId} > ${test.fullName}`);
  }
}

/** Returns the time that a file took in its worker: imports, hooks and tests. */
function durationOf(module) {
  const { collectDuration, setupDuration, environmentSetupDuration, duration } = module.diagnostic();
  return collectDuration + setupDuration + environmentSetupDuration + duration;
}

const seconds = (ms) => (ms / 1000).toFixed(1);

function print(line) {
  process.stdout.write(`${line}\n`);
}
