import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** A member of a type, with a name as in SQL: `turn_id: TurnId;` or `rows<{ turn_id: TurnId }>`. */
const SNAKE_CASE_MEMBER = /[\s{;](?:readonly )?([a-z]+(?:_[a-z0-9]+)+)\??: [^,;{}\n]+(?:;| \})/g;

const snakeCaseMembers = (source: string): string[] =>
  Array.from(source.matchAll(SNAKE_CASE_MEMBER), ([, name]) => name!);

it('the columns of a row have the names of the code, by an alias in SQL', () => {
  const files = execFileSync('git', ['ls-files', 'apps/*.ts', 'libs/*.ts'], { encoding: 'utf8' })
    .split('\n')
    .filter((file) => file !== '' && !/\.spec\.ts$|\/testing\/|^libs\/(?:testing|local-stack)\//.test(file));
  const found = files
    .map((file) => ({ file, source: readFileSync(file, 'utf8') }))
    .filter(({ source }) => /\brows</.test(source))
    .flatMap(({ file, source }) => snakeCaseMembers(source).map((name) => `${file}: ${name}`));
  expect(found).toEqual([]);
});

it('a row type with the name of a column is found', () => {
  expect(snakeCaseMembers('interface Row {\n  turn_id: TurnId | null;\n}')).toEqual(['turn_id']);
  expect(snakeCaseMembers('rows<{ id: string; turn_no: number }>(tx, sql)')).toEqual(['turn_no']);
  expect(snakeCaseMembers('{ query_timeout: ANSWER_TIMEOUT_MS, }')).toEqual([]);
});
