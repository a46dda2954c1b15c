import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** How specs ended. */
export interface SpecRun {
  readonly passed: boolean;
  /** Full titles of the tests that failed. */
  readonly failed: readonly string[];
  /** The output of Vitest. */
  readonly output: string;
}

interface JsonReport {
  testResults: { assertionResults: { status: string; fullName: string }[] }[];
}

export interface SpecSelection {
  readonly specs: readonly string[];
  readonly tests?: string | undefined;
}

/** Runs these specs of a checkout, up to the first failure. `aborted` ends them. */
export async function runSpecs(
  root: string,
  { specs, tests }: SpecSelection,
  env: Readonly<Record<string, string>>,
  aborted: AbortSignal,
): Promise<SpecRun> {
  const report = join(root, 'mutate-report.json');
  rmSync(report, { force: true });
  const child = spawn(
    process.execPath,
    [
      join(root, 'node_modules', 'vitest', 'vitest.mjs'),
      'run',
      '--maxWorkers=1',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      '--bail=1',
      ...(tests === undefined ? [] : ['--testNamePattern', tests]),
      ...specs,
    ],
    {
      cwd: root,
      env: { ...process.env, ...env, PARLEY_PROGRAMS_ARE_BUILT: 'true' },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: aborted,
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { passed: exitCode === 0, failed: failedTests(report), output };
}

function failedTests(report: string): string[] {
  try {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as JsonReport;
    return testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ status }) => status === 'failed')
      .map(({ fullName }) => fullName.trim());
  } catch {
    return [];
  }
}
