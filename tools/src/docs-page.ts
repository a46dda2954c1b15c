import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@parley/local-stack';

/** Replaces what stands between the markers `<!-- <place> -->` and `<!-- /<place> -->` of a page in docs/. */
export function writeIntoPage(fileName: string, place: string, markdown: string): void {
  const file = join(repositoryRoot, 'docs', fileName);
  const page = readFileSync(file, 'utf8');
  const [start, end] = [`<!-- ${place} -->`, `<!-- /${place} -->`];
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no place for "${place}".`);
  writeFileSync(file, `${page.slice(0, from + start.length)}\n\n${markdown}\n\n${page.slice(to)}`);
}
