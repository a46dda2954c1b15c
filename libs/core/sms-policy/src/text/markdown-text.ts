import { stripInlineMarkdown } from './markdown-inline.js';

/** The most spaces that stay before an indented line, such as an item of a nested list. */
const MAX_INDENT = 8;

interface Fence {
  readonly mark: string;
  readonly language: string;
}

/**
 * Turns Markdown into plain text for a phone: keeps the words and removes the marks. Links become `text (url)`, bullets
 * `-`, a table row `first: second, third`. Text that only looks like Markdown (`2 * 3`, `snake_case`, `x**2`, `#1`)
 * stays. White space is tidied: single spaces, at most one empty line, no tabs. Takes time linear in the text.
 */
export function stripMarkdown(markdown: string): string {
  const lines = markdown.split(/\r\n|[\n\r\u2028\u2029]/);
  const plain: string[] = [];
  let wrapping: Fence | undefined;
  for (let at = 0; at < lines.length;) {
    const { indent, body } = tidyLine(lines[at]!);
    const fence = openingFence(body);
    if (wrapping && closesFence(body, wrapping)) {
      wrapping = undefined;
      at += 1;
    } else if (fence && ['markdown', 'md'].includes(fence.language)) {
      wrapping ??= fence;
      at += 1;
    } else if (fence) {
      const end = endOfCode(lines, at + 1, fence);
      plain.push(...lines.slice(at + 1, end).map((line) => line.replaceAll('\t', '  ').trimEnd()));
      at = end + 1;
    } else if (isTableHead(body, lines[at + 1])) {
      const end = endOfTable(lines, at + 2);
      plain.push(tableHead(body), ...lines.slice(at + 2, end).map(tableRow));
      at = end;
    } else {
      plain.push(indent + stripLine(body));
      at += 1;
    }
  }
  return plain
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

function tidyLine(line: string): { indent: string; body: string } {
  const start = line.length - line.trimStart().length;
  const width = Math.min(line.slice(0, start).replaceAll('\t', '  ').length, MAX_INDENT);
  return {
    indent: ' '.repeat(width),
    body: line
      .slice(start)
      .replace(/[ \t]+/g, ' ')
      .trimEnd(),
  };
}

function openingFence(body: string): Fence | undefined {
  const found = /^(`{3,}(?!`)|~{3,}(?!~))([^`]*)$/.exec(body);
  return found ? { mark: found[1]!, language: found[2]!.trim().toLowerCase() } : undefined;
}

function closesFence(body: string, { mark }: Fence): boolean {
  return body.length >= mark.length && body === mark.charAt(0).repeat(body.length);
}

/** Returns the line of the closing fence, or the end of the text if no fence closes the code. */
function endOfCode(lines: readonly string[], from: number, fence: Fence): number {
  let end = from;
  while (end < lines.length && !closesFence(lines[end]!.trim(), fence)) end += 1;
  return end;
}

function stripLine(line: string): string {
  const quoted = /^(?:>+ )+(?![\d=>])|^>+$/.exec(line);
  const body = quoted ? line.slice(quoted[0].length) : line;
  if (/^([-*_])(?: ?\1){2,}$/.test(body) || /^={3,}$/.test(body)) return '';
  if (/^#{1,6} /.test(body)) return stripInlineMarkdown(body.replace(/^#+ /, '').replace(/ #+$/, ''));
  if (body.startsWith('* ')) return `- ${stripInlineMarkdown(body.slice(2))}`;
  return stripInlineMarkdown(body);
}

const cellsOf = (row: string): string[] =>
  row
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
    .split(/(?<!\\)\|/);

const cellTexts = (row: string): string[] =>
  cellsOf(row).map((cell) => stripInlineMarkdown(cell.replace(/\s+/g, ' ').trim()).replaceAll('\n', ' '));

function isTableHead(body: string, next: string | undefined): boolean {
  if (next === undefined || !body.includes('|') || !next.includes('|')) return false;
  const rules = cellsOf(next);
  return rules.every((cell) => /^:?-+:?$/.test(cell.trim())) && rules.length === cellsOf(body).length;
}

function endOfTable(lines: readonly string[], from: number): number {
  let end = from;
  while (end < lines.length && lines[end]!.includes('|')) end += 1;
  return end;
}

const tableHead = (row: string): string => cellTexts(row).filter(Boolean).join(', ');

function tableRow(row: string): string {
  const [first, ...others] = cellTexts(row);
  const rest = others.filter(Boolean).join(', ');
  return first && rest ? `${first}: ${rest}` : (first ?? '') + rest;
}
