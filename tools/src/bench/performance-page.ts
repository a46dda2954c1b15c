import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@parley/local-stack';

const PAGE = join(repositoryRoot, 'docs', 'performance.md');

/** Replaces what stands between the markers `<!-- bench:<name> -->` and `<!-- /bench:<name> -->` of the page. */
export function writeIntoPerformancePage(name: string, markdown: string): void {
  const page = readFileSync(PAGE, 'utf8');
  const [start, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${PAGE} has no place for "${name}".`);
  writeFileSync(PAGE, `${page.slice(0, from + start.length)}\n\n${markdown}\n\n${page.slice(to)}`);
}
