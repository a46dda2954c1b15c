export { FolderInUseError, claimFolder } from './folder-claim.js';
export { hasErrorCode } from './error-code.js';
export { freePort } from './free-port.js';
export { type NatsOptions, LocalNats, startNats } from './nats.js';
export {
  type FindNatsServerOptions,
  type NatsServerBinary,
  NatsServerUnavailableError,
  findNatsServer,
} from './nats-binary.js';
export { type PostgresOptions, type PostgresStopMode, LocalPostgres, startPostgres } from './postgres.js';
export { PostgresUnavailableError } from './postgres-binaries.js';
export { processStartTime } from './process-table.js';
export { WaitTimeoutError, waitUntil } from './wait-until.js';
export type { ProcessExit } from './guarded-process.js';
export type { DatabaseAccess } from './local-database.js';
export { type LocalParleyOptions, LocalParley } from './local-parley.js';
export {
  type LocalAddresses,
  type LocalService,
  type SimulatedTwilio,
  parleyServices,
  repositoryRoot,
} from './parley-services.js';
export { SimulatedCall, type CallEvent, type HeardWord, type SimulatedCallState } from './simulated-call.js';
export {
  SimulatorClient,
  type ModelRequest,
  type SimulatedMessage,
  type SimulatedVendorSocket,
} from './simulator-client.js';
export {
  type LogLine,
  type LogSink,
  ServiceProcess,
  ServiceStartError,
  describeExit,
} from './service-process.js';
