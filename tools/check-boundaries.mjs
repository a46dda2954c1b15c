/** `npm run boundaries`: checks who imports whom, by the rules of .dependency-cruiser.mjs. Exits 1 on a violation. */
import { existsSync } from 'node:fs';
import { findViolations } from './boundaries.mjs';

const folders = ['libs', 'apps', 'tools', 'e2e'].filter((folder) => existsSync(folder));
const { moduleCount, violations } = await findViolations(process.cwd(), folders);

for (const { rule, from, to } of violations) console.error(`${rule}: ${from} → ${to}`);
if (moduleCount === 0) console.error('no module was read: the parser does not understand these sources');
console.log(`boundaries: ${moduleCount} modules, ${violations.length} violations`);
process.exitCode = violations.length > 0 || moduleCount === 0 ? 1 : 0;
