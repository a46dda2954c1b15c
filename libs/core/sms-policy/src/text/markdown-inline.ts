import { isSpacelessScript, URL_SOURCE } from './text-patterns.js';

/** Matches one mark of inline Markdown. Each branch fails after a short distance, so a line takes linear time. */
const INLINE = new RegExp(
  [
    String.raw`\\(?<escaped>[!-/:-@\[-\x60\{-~])`,
    '`{3}(?<code3>[^`]+)`{3}|``(?<code2>(?:[^`]|`(?!`))+)``|`(?<code>[^`]+)`',
    String.raw`!?\[(?<label>[^\[\]]*)\]\((?<target><[^<>\s]*>|(?:[^\s()<>]|\([^\s()<>]*\))+)(?: (?:"[^"]*"|'[^']*'))?\)`,
    String.raw`<(?<autolink>(?:https?://|mailto:|tel:)[^\s<>]+|[^\s<>@]+@[^\s<>@]+)>`,
    String.raw`(?<lineBreak><br ?/?>)`,
    `(?<url>${URL_SOURCE})`,
    String.raw`(?<run>\*+|_+|~+)`,
  ].join('|'),
  'giu',
);

/** Removes emphasis, code marks, link syntax and escapes from one line of Markdown. */
export function stripInlineMarkdown(line: string): string {
  const pieces: string[] = [];
  const openers: Record<string, number[]> = { '*': [], _: [], '~': [] };
  let end = 0;
  for (const found of line.matchAll(INLINE)) {
    const groups = found.groups!;
    pieces.push(line.slice(end, found.index));
    end = found.index + found[0].length;
    if (groups['run'] === undefined) pieces.push(plainToken(found[0], groups));
    else pairRun(groups['run'], line[found.index - 1] ?? ' ', line[end] ?? ' ', pieces, openers);
  }
  return pieces.join('') + line.slice(end);
}

function plainToken(token: string, groups: Record<string, string | undefined>): string {
  const { escaped, code3, code2, code, label, target, autolink, lineBreak } = groups;
  if (target !== undefined) return plainLink(token, label!, target.replace(/^<|>$/g, ''));
  if (autolink !== undefined) return autolink.replace(/^(?:mailto|tel):/i, '');
  if (lineBreak !== undefined) return '\n';
  return escaped ?? code3?.trim() ?? code2?.trim() ?? code ?? token;
}

/**
 * Drops a target on the same site, which is useless on a phone. Leaves text whose target is not an address (`f[i](x)`)
 * unchanged.
 */
function plainLink(token: string, label: string, target: string): string {
  const text = stripInlineMarkdown(label).trim();
  if (/^[/#.]/.test(target) && text !== '') return text;
  if (!/^(?:[a-z][a-z\d+.-]*:|www\.|\S+\.[a-z]{2,}(?:[/?#:]|$))/i.test(target)) return token;
  const address = target.replace(/^(?:mailto|tel|sms):/i, '');
  const core = (of: string) => of.toLowerCase().replace(/^https?:\/\/|^www\.|[\s()-]|\/$/g, '');
  return text === '' || core(text) === core(address) ? address : `${text} (${address})`;
}

/**
 * Adds a run of `*`, `_` or `~` to the pieces. If it closes an earlier run, both lose the marks that they have in
 * common. Marks without a partner stay.
 */
function pairRun(
  run: string,
  before: string,
  after: string,
  pieces: string[],
  openers: Record<string, number[]>,
): void {
  const { opens, closes } = roleOf(run, before, after);
  const stack = openers[run.charAt(0)]!;
  const left = closes ? closeRuns(run.length, pieces, stack) : run.length;
  if (opens && left > 0) stack.push(pieces.length);
  pieces.push(run.slice(0, left));
}

/** Returns how many marks are left over. */
function closeRuns(marks: number, pieces: string[], stack: number[]): number {
  let left = marks;
  while (left > 0 && stack.length > 0) {
    const opener = stack.at(-1)!;
    const open = pieces[opener]!;
    const common = Math.min(left, open.length);
    pieces[opener] = open.slice(common);
    left -= common;
    if (common === open.length) stack.pop();
  }
  return left;
}

const isWord = (character: string): boolean =>
  /[\p{L}\p{N}]/u.test(character) && !isSpacelessScript(character);
const isDigit = (character: string): boolean => /\p{N}/u.test(character);

/**
 * CommonMark's rule with two differences: sums and powers (`2*3*4`, `x**2`) are no emphasis, and scripts without
 * spaces may be emphasised inside a word.
 */
function roleOf(run: string, before: string, after: string): { opens: boolean; closes: boolean } {
  const isDouble = run.length > 1 && !run.startsWith('_');
  const isSum = isWord(before) && isWord(after) && (isDigit(before) || isDigit(after));
  if (run.length > 3 || (run.startsWith('~') && run.length !== 2) || (isDouble && isSum)) {
    return { opens: false, closes: false };
  }
  return {
    opens: /\S/.test(after) && (isDouble ? !(isWord(before) && /\p{P}/u.test(after)) : !isWord(before)),
    closes: /\S/.test(before) && (isDouble || !isWord(after)),
  };
}
