import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@parley/local-stack';

/** Replaces the text between the markers `<!-- <section> -->` and `<!-- /<section> -->` of a page in docs/. */
export function writeIntoPage(fileName: string, section: string, markdown: string): void {
  const file = join(repositoryRoot, 'docs', fileName);
  const page = readFileSync(file, 'utf8');
  const [start, end] = [`<!-- ${section} -->`, `<!-- /${section} -->`];
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no section for "${section}".`);
  writeFileSync(file, `${page.slice(0, from + start.length)}\n\n${markdown}\n\n${page.slice(to)}`);
}
