/** Reads settings without the rest of the service kit, so that a program that only checks settings loads quickly. */
export {
  type BaseEnv,
  baseEnv,
  listenerEnv,
  portVariable,
  scaleVariable,
  urlVariable,
  wholeNumberVariable,
} from './base-env.js';
export { ConfigurationError, EXIT_CONFIGURATION } from './configuration-error.js';
export { type SettingProblems, parseEnv, problemsIn, problemsText, readEnv } from './read-env.js';
