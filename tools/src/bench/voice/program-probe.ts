import { pathToFileURL } from 'node:url';
import { builtProgram } from '@parley/local-stack';

/** The report of the probe in a measured program. */
export interface ProbeReport {
  /** Delay of the event loop, 99th percentile. */
  p99Ms: number;
  maxMs: number;
  /** Resident memory after a garbage collection. */
  rssBytes: number;
}

const ANSWER_WITHIN_MS = 10_000;
const PROBE = builtProgram('tools/bench/voice/probe');

/** Option for a measured program's NODE_OPTIONS, which loads the probe. */
export const PROBE_OPTION = `--import=${pathToFileURL(PROBE).href}`;

/** Controls the probe in one program, which measures the event loop from `begin` to `end`. */
export class ProgramProbe {
  #onReport: ((report: ProbeReport) => void) | undefined;

  constructor(private readonly pid: () => number) {}

  /** Takes each log line of the program, and reads the probe's report if the line holds it. */
  readLogLine(text: string): void {
    const [, json] = /^probe (\{.*\})$/.exec(text) ?? [];
    if (json !== undefined) this.#onReport?.(JSON.parse(json) as ProbeReport);
  }

  begin(): void {
    process.kill(this.pid(), 'SIGWINCH');
  }

  async end(): Promise<ProbeReport> {
    const report = new Promise<ProbeReport>((resolve, reject) => {
      const late = () =>
        reject(new Error(`The probe of a measured program sent no report within ${ANSWER_WITHIN_MS} ms.`));
      const timer = setTimeout(late, ANSWER_WITHIN_MS);
      this.#onReport = (received) => {
        clearTimeout(timer);
        resolve(received);
      };
    });
    process.kill(this.pid(), 'SIGUSR2');
    return report;
  }
}
