export {
  type BaseEnv,
  baseEnv,
  listenerEnv,
  loggingEnv,
  type LoggingEnv,
  portVariable,
  scaleVariable,
  urlVariable,
  wholeNumberVariable,
} from './env/base-env.js';
export { ConfigurationError, EXIT_CONFIGURATION } from './env/configuration-error.js';
export { parseEnv, readEnv } from './env/read-env.js';
export type { ProblemTranslator } from './http/problem-details.filter.js';
export { problems, unavailable } from './http/problem-kinds.js';
export {
  type FieldProblem,
  Problem,
  type ProblemBody,
  type ProblemDetails,
  type ProblemKind,
} from './http/problem.js';
export { createServiceApp, type ServiceAppOptions } from './lifecycle/service-app.js';
export { ServiceState } from './lifecycle/service-state.js';
export { type ServiceOptions, startService } from './lifecycle/start-service.js';
export { createLogger } from './logging/service-logger.js';
export { newId } from './new-id.js';
