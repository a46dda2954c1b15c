export { HeldLock } from './held-lock.js';
export { RunningParley, someNumber, type RunningParleyOptions } from './running-parley.js';
export { SimulatedCall, type CallEvent, type HeardWord, type SimulatedCallState } from './simulated-call.js';
export {
  SimulatorClient,
  type InboundText,
  type ModelRequest,
  type SimulatedMessage,
} from './simulator-client.js';
