import { parseArgs, type ParseArgsConfig } from 'node:util';

/** The arguments of `command`. Throws a readable error, which says where to look, for what they should not be. */
export function readArguments<T extends ParseArgsConfig>(
  command: string,
  config: T,
): ReturnType<typeof parseArgs<T>> {
  let mistake: string;
  try {
    return parseArgs(config);
  } catch (error) {
    // Behind the first sentence Node explains its own command line.
    mistake = error instanceof Error ? error.message.split(/\.\s/)[0]!.trim() : String(error);
  }
  throw new Error(`${mistake}. See ${command} --help`);
}
