import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stripMarkdown } from './markdown-text.js';

describe('Markdown loses its marks and keeps its words', () => {
  it.each([
    ['**bold** *it* __b__ _i_ ***x*** ~~old~~', 'bold it b i x old'],
    ['**bold with *it* inside**', 'bold with it inside'],
    ['这是**重点**内容 **중요**합니다', '这是重点内容 중요합니다'],
    ['run `npm *i*` or ``a ` b`` or ```c```', 'run npm *i* or a ` b or c'],
    ['# Title #\n## Other\nSetext\n===\nBody', 'Title\nOther\nSetext\n\nBody'],
    ['one\n\n---\n\n* * *\n\ntwo', 'one\n\ntwo'],
    ['* a\n  * b\n\t- c\n1. **One:** d\n- [x] e', '- a\n  - b\n  - c\n1. One: d\n- [x] e'],
    ['> quoted **b**\n> > twice\n>', 'quoted b\ntwice'],
    ['\\*not\\* 1\\. \\$5', '*not* 1. $5'],
    ['a<br>b<br />c', 'a\nb\nc'],
  ])('stripMarkdown removes the marks of %j', (markdown, text) => expect(stripMarkdown(markdown)).toBe(text));

  it.each([
    ['[our site](https://a.example/c_d_e "Title").', 'our site (https://a.example/c_d_e).'],
    ['[wiki](https://w.example/A_(b))', 'wiki (https://w.example/A_(b))'],
    [
      '[**Book**](https://a.example) **[now](https://b.example)**',
      'Book (https://a.example) now (https://b.example)',
    ],
    ['[a.example](https://a.example/) <https://b.example/_x_>', 'https://a.example/ https://b.example/_x_'],
    [
      '![plan](https://a.example/p.png) ![](https://a.example/q.png)',
      'plan (https://a.example/p.png) https://a.example/q.png',
    ],
    ['[write](mailto:a@b.example) [a@b.example](mailto:a@b.example)', 'write (a@b.example) a@b.example'],
    ['[+49 30 1234](tel:+49301234) [call](tel:+49301234)', '+49301234 call (+49301234)'],
    ['[prices](/prices) [top](#top)', 'prices top'],
    ['**https://a.example/_x_/*y*z.**', 'https://a.example/_x_/*y*z.'],
  ])('stripMarkdown turns a link into its text and URL: %j', (markdown, text) =>
    expect(stripMarkdown(markdown)).toBe(text),
  );

  it('stripMarkdown does not change characters and indentation of code', () => {
    expect(stripMarkdown('Try:\n```js\nif (a*b*c) {\n\t  go(`x`);\n}\n```\n**done**')).toBe(
      'Try:\nif (a*b*c) {\n    go(`x`);\n}\ndone',
    );
    expect(stripMarkdown('~~~\n```\n*a*')).toBe('```\n*a*');
  });

  it('stripMarkdown removes a fence around the whole answer', () =>
    expect(stripMarkdown('```markdown\n# Hi\n**b**\n```\n*c*')).toBe('Hi\nb\nc'));

  it('stripMarkdown turns a table into a line for each row', () => {
    const table =
      '| Plan | Price | Seats |\n|:---|--:|---|\n| **Basic** | $5 | 2 |\n| Pro | a \\| b | |\nafter';
    expect(stripMarkdown(table)).toBe('Plan, Price, Seats\nBasic: $5, 2\nPro: a | b\nafter');
    expect(stripMarkdown('| | Mon |\n|-|-|\n| | 9 |')).toBe('Mon\n9');
  });
});

describe('text that is no Markdown', () => {
  it.each([
    '2 * 3 * 4, 5*3*2, x**2 + y**2, 2**n',
    'snake_case_name, f***, 5* hotels, ~5 to ~10, ____',
    '#1 in town, C:\\Users\\x, a | b',
    '> 5 kg\n>= 6\n>_<',
    'matrix[i](x)',
    '[1] and (2)',
    '**open only',
    'She said “hi” – and left…',
    'שלום, עולם! مرحبا 👨‍👩‍👧 🇩🇪 ÀÉ ǅ',
  ])('stripMarkdown does not change text that is not Markdown: %j', (text) =>
    expect(stripMarkdown(text)).toBe(text),
  );

  it('stripMarkdown does not change words of any script', () => {
    const word = fc.string({
      unit: fc.constantFrom(
        'a',
        'Z',
        'ß',
        'ж',
        'ש',
        'ع',
        '字',
        'ก',
        '🙂',
        '👨‍👩‍👧',
        'e\u0301',
        '3',
        '.',
        ',',
        '?',
      ),
      minLength: 1,
    });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), fc.constantFrom(' ', '\n', '\n\n'), (words, space) => {
        const text = words.join(space);
        expect(stripMarkdown(text)).toBe(text);
      }),
    );
  });

  it('stripMarkdown collapses spaces and blank lines', () =>
    expect(stripMarkdown(' \r\n a  \t b \r\n\r\n\r\n\u2028c\t\n')).toBe('a b\n\nc'));
});

it('stripMarkdown takes linear time for hostile input', { timeout: 20_000 }, () => {
  const units = [
    '*',
    '**a ',
    'a_b*c ',
    '`',
    '``a',
    '[',
    '[x](a',
    '[x](()',
    '[a](b "',
    '<a@',
    '\\',
    '# #',
    '> ',
    '|',
    'a|b\n-|-\n',
  ];
  for (const unit of [...units, '```md\n', '~~~~\n```x\n', 'www.', ' ', '\t', '\n', '$\n']) {
    expect(() => stripMarkdown(unit.repeat(100_000 / unit.length))).not.toThrow();
  }
});
