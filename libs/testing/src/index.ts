export { HeldLock } from './held-lock.js';
export { RunningParley, someNumber, type RunningParleyOptions } from './running-parley.js';
export {
  SimulatorClient,
  type InboundText,
  type ModelRequest,
  type SimulatedMessage,
} from './simulator-client.js';
