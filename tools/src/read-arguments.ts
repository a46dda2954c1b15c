import { parseArgs, type ParseArgsConfig } from 'node:util';

/**
 * Parses the arguments of `command`.
 * @throws Error with a readable message, which names the help, for invalid arguments
 */
export function readArguments<T extends ParseArgsConfig>(
  command: string,
  config: T,
): ReturnType<typeof parseArgs<T>> {
  let mistake: string;
  try {
    return parseArgs(config);
  } catch (error) {
    // After the first sentence Node explains its own command line.
    mistake = error instanceof Error ? error.message.split(/\.\s/)[0]!.trim() : String(error);
  }
  throw new Error(`${mistake}. See ${command} --help`);
}
