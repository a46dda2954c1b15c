import type { ServiceProcess } from '@parley/local-stack';
import type { CallTarget } from './stage/stage-messages.js';
import type { ProgramProbe } from './program-probe.js';

/** The compared programs: the bare relay and Parley's voice-bridge. */
export type ProgramName = 'relay' | 'parley';

/** A measured program. */
export interface MeasuredProgram {
  readonly name: ProgramName;
  readonly process: ServiceProcess;
  readonly callee: CallTarget;
  readonly probe: ProgramProbe;
  /** Processes whose CPU time counts in addition to its own. */
  readonly helpers: readonly ServiceProcess[];
}
