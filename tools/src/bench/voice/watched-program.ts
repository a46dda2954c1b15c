import { pathToFileURL } from 'node:url';
import { builtProgram } from '@parley/local-stack';

/** What the probe in a measured program tells. */
export interface ProbeReport {
  /** How late the event loop was, because it was busy with other things. */
  p99Ms: number;
  maxMs: number;
  /** Resident memory, garbage collected. */
  rssBytes: number;
}

const ANSWER_WITHIN_MS = 10_000;
const PROBE = builtProgram('tools/bench/voice/probe');

/** For a measured program's NODE_OPTIONS. */
export const PROBE_OPTION = `--import=${pathToFileURL(PROBE).href}`;

/** The probe of one program: from `begin` to `end` its event loop is watched. */
export class WatchedProgram {
  #heard: ((report: ProbeReport) => void) | undefined;

  constructor(private readonly pid: () => number) {}

  /** To be given every line that the program writes. */
  hear(text: string): void {
    const [, json] = /^probe (\{.*\})$/.exec(text) ?? [];
    if (json !== undefined) this.#heard?.(JSON.parse(json) as ProbeReport);
  }

  begin(): void {
    process.kill(this.pid(), 'SIGWINCH');
  }

  async end(): Promise<ProbeReport> {
    const report = new Promise<ProbeReport>((resolve, reject) => {
      const late = () => reject(new Error('A measured program says nothing about itself.'));
      const timer = setTimeout(late, ANSWER_WITHIN_MS);
      this.#heard = (heard) => {
        clearTimeout(timer);
        resolve(heard);
      };
    });
    process.kill(this.pid(), 'SIGUSR2');
    return report;
  }
}
