/** `EX_CONFIG` of sysexits.h: a restart does not help until the configuration is changed. */
export const EXIT_CONFIGURATION = 78;

/**
 * The service cannot run with its configuration (a wrong variable, a schema that is older than the code). Thrown at
 * start-up, it ends the process with exit code 78. Its message never holds a variable's value.
 */
export class ConfigurationError extends Error {
  override readonly name: string = 'ConfigurationError';
  readonly exitCode = EXIT_CONFIGURATION;
}
