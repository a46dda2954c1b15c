import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findBrokenLinks } from './docs-links.js';

const repositoryRoot = join(import.meta.dirname, '../..');
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function checkoutOf(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'parley-docs-links-'));
  folders.push(root);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return root;
}

describe('the links of the documentation', () => {
  it('all links of the documentation lead to files, headings and names that exist', () => {
    expect(findBrokenLinks(repositoryRoot)).toEqual([]);
  });

  it.each([
    ['a file that is not there', '[why](docs/why.md)', 'docs/why.md does not exist'],
    ['a heading that is not there', '[why](#why)', '#why has no such heading'],
    [
      'a reference to a file that is not there',
      'See [why].\n\n[why]: docs/why.md',
      'docs/why.md does not exist',
    ],
    ['a name that the file does not contain', '[`Send`](libs/a.ts)', 'libs/a.ts does not contain Send'],
    ['a file of another name', '[b.ts](libs/a.ts)', 'libs/a.ts is not b.ts'],
    ['a path that is not there', 'In `libs/b/src`.', 'libs/b/src does not exist'],
    ['a source file that is not there', 'In `send-sms.ts`.', 'no file is called send-sms.ts'],
  ])('the link check reports %s', (_what, text, fault) => {
    const root = checkoutOf({ 'README.md': `# Parley\n\n${text}\n`, 'libs/a.ts': 'export class Sender {}' });
    expect(findBrokenLinks(root)).toEqual([`README.md: ${fault}`]);
  });

  it('the link check reports nothing about correct links, other sites and code blocks', () => {
    const root = checkoutOf({
      'README.md':
        '# One `text`, sent\n\n[`Sender`](libs/a.ts), [a.ts](libs/a.ts), [up](#one-text-sent), `libs/a.ts`',
      'docs/more.md':
        '[back](../README.md#one-text-sent), [site](https://example.com/x)\n\n```sh\n[x](y)\n```\n',
      'libs/a.ts': 'export class Sender {}',
    });
    expect(findBrokenLinks(root)).toEqual([]);
  });
});
