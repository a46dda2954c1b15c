export {
  type BaseEnv,
  baseEnv,
  ConfigurationError,
  listenerEnv,
  parseEnv,
  portVariable,
  readEnv,
  scaleVariable,
  urlVariable,
  wholeNumberVariable,
} from './env/index.js';
export { httpLimits } from './http/http-limits.js';
export { problems, unavailable } from './http/problem-kinds.js';
export { Problem, type ProblemKind } from './http/problem.js';
export { createServiceApp } from './lifecycle/service-app.js';
export { ServiceState } from './lifecycle/service-state.js';
export { startService } from './lifecycle/start-service.js';
export { createLogger } from './logging/service-logger.js';
export { newId } from './new-id.js';
