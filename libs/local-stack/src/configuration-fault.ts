import { runScript } from './run-script.js';
import { ServiceStartError } from './service-process.js';

/** `EX_CONFIG` of sysexits.h. */
const WRONG_CONFIGURATION = 78;

/** Settings are wrong; the message says which, of all services at once. */
export class ConfigurationFault extends Error {
  override readonly name = 'ConfigurationFault';
}

/** A program that says with `--check` whether its settings are right. */
export interface CheckedProgram {
  source: string;
  script: string;
  env: Readonly<Record<string, string>>;
}

/** What to throw instead of `problem`, once all programs were asked about their settings: one only names its own. */
export async function explained(problem: unknown, programs: readonly CheckedProgram[]): Promise<unknown> {
  if (!(problem instanceof ServiceStartError) || problem.exit.code !== WRONG_CONFIGURATION) return problem;
  const complaints = await Promise.all(programs.map(complaintOf));
  const others = complaints.filter((text) => !problem.message.includes(text));
  return new ConfigurationFault([problem.message, ...others].join('\n'));
}

async function complaintOf({ source, script, env }: CheckedProgram): Promise<string> {
  try {
    await runScript({ source, script, args: ['--check'], env, log: () => undefined });
    return '';
  } catch (error) {
    return error instanceof ServiceStartError ? error.lastWords.join('\n') : String(error);
  }
}
