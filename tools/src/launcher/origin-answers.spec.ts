import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { originProblems } from './origin-answers.js';

const catalogue = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

describe('the problem details of the origin', () => {
  it.each(Object.values(originProblems))(
    'the problem $code of the origin is in docs/errors.md with its status and title',
    (problem) => {
      const { code, status, title } = problem;
      const cells = catalogue
        .split('\n')
        .filter((row) => row.startsWith(`| \`${code}\``))
        .map((row) => row.split('|').map((cell) => cell.trim()));
      expect(cells.map((row) => row.slice(1, 4))).toEqual([[`\`${code}\``, String(status), title]]);
    },
  );
});
