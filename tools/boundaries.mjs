import { cruise } from 'dependency-cruiser';
import config from '../.dependency-cruiser.mjs';
import { folderCycles } from './folder-cycles.mjs';

/**
 * Reads the sources below `baseDir` and returns the number of modules and the imports that break a rule. A
 * `moduleCount` of 0 means that dependency-cruiser found no parser for this TypeScript and checked nothing.
 */
export async function findViolations(baseDir, folders) {
  const { output } = await cruise(folders, {
    ...config.options,
    baseDir,
    validate: true,
    ruleSet: { forbidden: config.forbidden },
  });
  const violations = output.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }));
  return { moduleCount: output.modules.length, violations: [...violations, ...folderCycles(output.modules)] };
}
