/**
 * `no-folder-cycles`: the folders of an app do not import each other in a cycle. Here a folder holds the files directly
 * in it and its `adapters/`; dependency-cruiser's folders include all that is below them. A Nest module, which composes
 * folders, and a file right under `src/` count as folders of their own.
 */

/** Not checked: the simulator, whose vendors and control API import each other. */
const PRODUCTION = /^apps\/(?!simulator\/)[^/]+\/src\/(?!testing\/).*(?<!\.spec)\.ts$/;

/** Returns one violation for each import that closes a cycle of folders. `modules` is dependency-cruiser's list. */
export function folderCycles(modules) {
  const imports = modules
    .filter(({ source }) => PRODUCTION.test(source))
    .flatMap(({ source, dependencies }) =>
      dependencies.map(({ resolved }) => ({ from: source, to: resolved })),
    )
    .filter(({ from, to }) => PRODUCTION.test(to) && folderOf(from) !== folderOf(to));
  const below = new Map();
  for (const { from, to } of imports) {
    if (!below.has(folderOf(from))) below.set(folderOf(from), new Set());
    below.get(folderOf(from)).add(folderOf(to));
  }
  return imports
    .filter(({ from, to }) => reaches(below, folderOf(to), folderOf(from)))
    .map(({ from, to }) => ({ rule: 'no-folder-cycles', from, to }));
}

function folderOf(file) {
  const folder = file.slice(0, file.lastIndexOf('/')).replace(/\/adapters(\/.*)?$/, '');
  return folder.endsWith('/src') || file.endsWith('.module.ts') ? file : folder;
}

function reaches(below, from, target, seen = new Set()) {
  if (from === target) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return [...(below.get(from) ?? [])].some((next) => reaches(below, next, target, seen));
}
