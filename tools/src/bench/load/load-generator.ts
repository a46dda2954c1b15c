import { type ChildProcess, fork } from 'node:child_process';
import { builtProgram } from '@parley/local-stack';
import type { LoadRequest, LoadResult } from './load.js';

/** A load generator in a separate process. */
export class LoadGenerator {
  readonly #child: ChildProcess = fork(builtProgram('tools/bench/load/generator'), {
    serialization: 'advanced',
  });

  generate(load: LoadRequest): Promise<LoadResult> {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error('The load generator exited before it finished.'));
      this.#child.once('exit', ended);
      this.#child.once('message', (result) => {
        this.#child.off('exit', ended);
        resolve(result as LoadResult);
      });
      this.#child.send(load);
    });
  }

  stop(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}
