/** `EX_CONFIG` of sysexits.h: starting again does not help until somebody changes the configuration. */
export const EXIT_CONFIGURATION = 78;

/**
 * The service cannot run as it is configured. Thrown at start-up (a variable, a schema that is older than the code),
 * it ends the process with exit code 78. Its message never holds a variable's value.
 */
export class ConfigurationError extends Error {
  override readonly name: string = 'ConfigurationError';
  readonly exitCode = EXIT_CONFIGURATION;
}
