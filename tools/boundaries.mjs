import { cruise } from 'dependency-cruiser';
import config from '../.dependency-cruiser.mjs';
import { folderCycles } from './folder-cycles.mjs';

/**
 * Reads the sources below `baseDir` and returns how many modules were seen and which imports break a rule.
 * Without a parser for this TypeScript dependency-cruiser sees no module and finds nothing: check `moduleCount`.
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
