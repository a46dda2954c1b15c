import type { ServiceProcess } from '@parley/local-stack';
import type { Callee } from './stage/orders.js';
import type { WatchedProgram } from './watched-program.js';

/** What is compared: Parley's voice-bridge, and the least that carries a call. */
export type ContenderName = 'relay' | 'parley';

/** A program that carries calls. */
export interface Contender {
  readonly name: ContenderName;
  readonly process: ServiceProcess;
  readonly callee: Callee;
  readonly watched: WatchedProgram;
  /** Whose CPU time counts beside its own. */
  readonly helpers: readonly ServiceProcess[];
}
