import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repositoryRoot } from '@parley/local-stack';

/** How long a program's event loop was busy with other things when something was due. */
export interface EventLoopDelay {
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}

const ANSWER_WITHIN_MS = 5_000;
const PROBE = join(repositoryRoot, 'tools', 'dist', 'bench', 'voice', 'event-loop-probe.js');

/** For a measured program's NODE_OPTIONS. */
export const PROBE_OPTION = `--import=${pathToFileURL(PROBE).href}`;

/** What the probe of one program tells. */
export class EventLoop {
  #heard: ((delay: EventLoopDelay) => void) | undefined;

  constructor(private readonly pid: () => number) {}

  /** To be given every line that the program writes. */
  hear(text: string): void {
    const [, json] = /^event-loop (\{.*\})$/.exec(text) ?? [];
    if (json !== undefined) this.#heard?.(JSON.parse(json) as EventLoopDelay);
  }

  /** The delays since it was asked last; undefined when it does not answer. */
  async delay(): Promise<EventLoopDelay | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), ANSWER_WITHIN_MS);
      this.#heard = (delay) => {
        clearTimeout(timer);
        resolve(delay);
      };
      process.kill(this.pid(), 'SIGUSR2');
    });
  }
}
