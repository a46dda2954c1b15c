export { FolderInUseError, claimFolder } from './folder-claim.js';
export { hasErrorCode } from './error-code.js';
export { freePort } from './free-port.js';
export { LocalNats, startNats } from './nats.js';
export { findNatsServer, NatsServerUnavailableError } from './nats-binary.js';
export type { NatsUser } from './nats-users.js';
export { NATS_PORT, problemOfNats, problemOfPostgres } from './given-servers.js';
export { LocalPostgres, startPostgres } from './postgres.js';
export { variablesBeforeStart } from './service-variables.js';
export { waitUntil } from './wait-until.js';
export { type ProcessExit, describeExit, endAllProcesses } from './guarded-process.js';
export { LocalParley, type LocalParleyOptions } from './local-parley.js';
export { builtProgram, repositoryRoot } from './checkout.js';
export { type LocalService, NO_LOOP_LIMITS, parleyServices } from './parley-services.js';
export { SimulatedCall, type CallEvent, type HeardWord } from './simulated-call.js';
export {
  SimulatorClient,
  type ModelRequest,
  type SimulatedMessage,
  type SimulatedVendorSocket,
} from './simulator-client.js';
export { type LogLine, type LogSink, ServiceProcess, ServiceStartError } from './service-process.js';
export { simulatedSpeechSettings } from './speech-vendors.js';
