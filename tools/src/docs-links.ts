import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

/** Folders without our sources. Folders that begin with a dot are skipped too. */
const OTHERS = new Set(['node_modules', 'dist']);
/** Matches, in backticks, a path from the top of the checkout or the name of a source file. */
const SOURCE_PATH = /`((?:apps|libs|tools|e2e|docs|agents)\/[\w./-]+|[\w.-]+\.ts)`/g;
const LINK = /\[((?:`[^`]*`|[^\]`])*)\]\(([^()\s]+)\)|^\[[^\]]+\]: (\S+)$/gm;

interface Checkout {
  readonly root: string;
  readonly markdown: readonly string[];
  /** The names of all source files. */
  readonly names: ReadonlySet<string>;
}

/**
 * Finds wrong references in the checkout's Markdown files: links to files and headings that do not exist, links whose
 * text names something that the file does not contain, and source paths in backticks that do not exist.
 */
export function findBrokenLinks(root: string): string[] {
  const files = filesIn(root);
  const markdown = files.filter((file) => file.endsWith('.md'));
  const checkout = { root, markdown, names: new Set(files.map((file) => basename(file))) };
  return markdown.flatMap((file) =>
    faultsOf(file, checkout).map((fault) => `${relative(root, file)}: ${fault}`),
  );
}

function faultsOf(file: string, { root, names }: Checkout): string[] {
  const text = readFileSync(file, 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
  const links = Array.from(text.matchAll(LINK), ([, label = '', inline, reference]) =>
    faultOfLink(file, label, inline ?? reference ?? ''),
  );
  const paths = Array.from(text.matchAll(SOURCE_PATH), ([, path = '']) =>
    path.includes('/')
      ? existsSync(join(root, path)) || `${path} does not exist`
      : names.has(path) || `no file is called ${path}`,
  );
  return [...links, ...paths].filter((fault) => typeof fault === 'string');
}

/** Returns the fault of a link; undefined if the link is right or leads to another site. */
function faultOfLink(file: string, label: string, target: string): string | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [path = '', anchor] = target.split('#');
  const linked = path === '' ? file : resolve(dirname(file), path);
  if (!existsSync(linked)) return `${target} does not exist`;
  if (statSync(linked).isDirectory()) return undefined;
  const content = readFileSync(linked, 'utf8');
  if (anchor !== undefined && !anchorsOf(content).has(anchor)) return `${target} has no such heading`;
  const plainLabel = label.replaceAll('`', '');
  if (plainLabel.endsWith('.ts'))
    return basename(linked) === basename(plainLabel) ? undefined : `${target} is not ${label}`;
  const name = linked.endsWith('.ts') && /^`(\w+)`$/.exec(label)?.[1];
  return name && !new RegExp(`\\b${name}\\b`).test(content)
    ? `${target} does not contain ${name}`
    : undefined;
}

/** Returns the anchors that GitHub makes from the headings. */
function anchorsOf(markdown: string): ReadonlySet<string> {
  const headings = Array.from(markdown.matchAll(/^#+ (.*)$/gm), ([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || OTHERS.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(path);
    return entry.isFile() ? [path] : [];
  });
}
