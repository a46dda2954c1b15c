import { z } from 'zod';

import { ConfigurationError } from './configuration-error.js';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The problem of each wrong variable, as a sentence without its subject ("is missing"). It never contains the
 * variable's value.
 */
export type SettingProblems = ReadonlyMap<string, string>;

/** Returns the problem of each wrong variable of `env`. An empty variable counts as missing. */
export function problemsIn(schema: z.ZodType, env: Variables): SettingProblems {
  const given = withoutEmpty(env);
  const result = schema.safeParse(given);
  return result.success ? new Map() : problemsOf(result.error, given, schema);
}

/**
 * Checks the environment against a schema. An empty variable counts as missing.
 * @throws ConfigurationError that names every wrong variable and the expected value, never the given one
 */
export function parseEnv<S extends z.ZodType>(service: string, schema: S, env: Variables): z.output<S> {
  const given = withoutEmpty(env);
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ConfigurationError(problemsText(service, problemsOf(result.error, given, schema)));
}

/**
 * Reads the environment for a `main.ts`: prints problems to stderr and ends the process with exit code 78. With the
 * argument `--check` it always ends the process, with exit code 0 if there are no problems.
 */
export function readEnv<S extends z.ZodType>(
  service: string,
  schema: S,
  env: Variables = process.env,
): z.output<S> {
  try {
    const parsed = parseEnv(service, schema, env);
    return process.argv.includes('--check') ? process.exit(0) : parsed;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(error.exitCode);
  }
}

function withoutEmpty(env: Variables): Variables {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
}

function problemsOf(error: z.ZodError, given: Variables, schema: z.ZodType): SettingProblems {
  const problems = new Map<string, string[]>();
  for (const issue of error.issues) {
    const variable = String(issue.path[0] ?? 'environment');
    const isMissing =
      issue.path.length === 1 && issue.code === 'invalid_type' && given[variable] === undefined;
    const expected = expectationOf(schema, variable);
    const problem = isMissing ? `is missing${expected ? `: ${expected}` : ''}` : issue.message;
    problems.set(variable, [...(problems.get(variable) ?? []), problem]);
  }
  return new Map(Array.from(problems, ([variable, texts]) => [variable, texts.join('; ')]));
}

function expectationOf(schema: z.ZodType, variable: string): string | undefined {
  if (!(schema instanceof z.ZodObject)) return undefined;
  const field: unknown = schema.shape[variable];
  return field instanceof z.ZodType ? field.description : undefined;
}

/** Returns the message of a program that cannot start: one line for each variable. */
export function problemsText(program: string, problems: SettingProblems): string {
  const width = Math.max(...Array.from(problems.keys(), (variable) => variable.length));
  const lines = Array.from(problems, ([variable, text]) => `  ${variable.padEnd(width)}  ${text}`);
  const count = problems.size === 1 ? '1 variable is' : `${problems.size} variables are`;
  return [`${program} cannot start: ${count} missing or wrong.`, ...lines].join('\n');
}
