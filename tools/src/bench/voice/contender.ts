import type { ServiceProcess } from '@parley/local-stack';
import type { EventLoop } from './event-loop.js';
import type { Callee } from './stage/orders.js';

/** What is compared: Parley's voice-bridge, and the least that carries a call. */
export type ContenderName = 'relay' | 'parley';

/** A program that carries calls. */
export interface Contender {
  readonly name: ContenderName;
  readonly process: ServiceProcess;
  readonly callee: Callee;
  readonly eventLoop: EventLoop;
}
