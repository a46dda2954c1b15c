/**
 * Builds what runs here: every program as one JavaScript file, straight from the TypeScript sources and with the
 * packages that it uses, since reading some thousand files is most of what a service's start takes. Code that several
 * programs share stands once, in dist/chunks. Types are not checked here: `npm run typecheck` does that.
 *
 * Plain JavaScript for Node 20, like bootstrap.mjs, which asks it first whether there is something to do.
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { programs } from './programs.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const output = join(root, 'dist');
const stampFile = join(output, 'build.json');
/** A program that still runs from an earlier build may yet load a part of it. */
const OLD_PARTS_KEPT_MS = 24 * 60 * 60_000;

const REFLECT_METADATA = 'reflect-metadata.js';

/** The programs below tools/ that another one starts. */
const PARTS_OF_BENCHES = [
  'bench/load/generator',
  'bench/load/pacer',
  'bench/sms/bare-insert',
  'bench/sms/bare-relay',
  'bench/voice/bare-relay',
  'bench/voice/probe',
  'bench/voice/stage/stage',
];

/** Each bundle's source, by its path below dist: every service's program and migration step, and our own programs. */
function entries() {
  const ofServices = readdirSync(join(root, 'apps'))
    .flatMap((app) => [`apps/${app}/src/main.ts`, `apps/${app}/src/migrate.ts`])
    .filter((source) => existsSync(join(root, source)));
  const ours = [...Object.keys(programs), ...PARTS_OF_BENCHES].map((name) => `tools/src/${name}.ts`);
  return Object.fromEntries(
    [...ofServices, ...ours].map((source) => [source.replace('/src/', '/').replace(/\.ts$/, ''), source]),
  );
}

/** Whether dist is what the sources say. */
export function isBuilt() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8')).fingerprint === fingerprintOfSources();
  } catch {
    return false;
  }
}

/** Makes dist anew. Needs the installed packages and a recent Node. */
export async function build() {
  const fingerprint = fingerprintOfSources();
  // Not at the top: before the installation there is none.
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({
    cwd: root,
    input: entries(),
    platform: 'node',
    // What one workspace exports to the others is its source.
    resolve: { conditionNames: ['@parley/source'] },
    tsconfig: join(root, 'tsconfig.base.json'),
    treeshake: false,
    onLog: report,
  });
  const written = await bundle.write({
    dir: output,
    format: 'esm',
    sourcemap: true,
    // Classes are known by their names: in the ledger of migrations, and in logs.
    keepNames: true,
    codeSplitting: { groups: [{ name: 'packages', test: /[\\/]node_modules[\\/]/, entriesAware: true }] },
    // Bundled, reflect-metadata would run after the decorators of packages that need it.
    banner: ({ name }) => (isOfPackages(name) ? `import './${REFLECT_METADATA}';` : ''),
    chunkFileNames: ({ name }) => `chunks/${isOfPackages(name) ? 'packages' : name}-[hash].js`,
  });
  const reflectMetadata = join('chunks', REFLECT_METADATA);
  copyFileSync(join(root, 'node_modules', 'reflect-metadata', 'Reflect.js'), join(output, reflectMetadata));
  const files = [...written.output.map(({ fileName }) => fileName), reflectMetadata];
  // Node reads the maps of all that it loads: those of packages would take 0.2 s and 60 MB of each process.
  const unwanted = files.filter((name) => /[\\/]packages-.*\.map$/.test(name));
  for (const name of unwanted) rmSync(join(output, name));
  // A cache for code that is no more; the next runs fill it again.
  rmSync(join(output, 'compile-cache'), { recursive: true, force: true });
  removeOldParts(files.filter((name) => !unwanted.includes(name)).map((name) => join(output, name)));
  writeFileSync(stampFile, `${JSON.stringify({ fingerprint })}\n`);
}

/** Packages import optional ones that are not installed, and warn of themselves; what is wrong with ours is shown. */
function report(level, log, handle) {
  if (/[\\/]node_modules[\\/]/.test(log.id ?? log.message)) return;
  handle(log.code === 'UNRESOLVED_IMPORT' ? 'error' : level, log);
}

const isOfPackages = (name) => name.startsWith('packages~');

function removeOldParts(current) {
  const chunks = join(output, 'chunks');
  const now = new Date();
  for (const file of current) utimesSync(file, now, now);
  for (const name of readdirSync(chunks)) {
    const file = join(chunks, name);
    if (now.getTime() - statSync(file).mtimeMs > OLD_PARTS_KEPT_MS) rmSync(file);
  }
}

/** Of names, sizes and times: reading the contents would take longer than a build too many now and then. */
function fingerprintOfSources() {
  const hash = createHash('sha256');
  const add = (file) => {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${relative(root, file)} ${size} ${mtimeMs}\n`);
  };
  for (const name of ['package-lock.json', 'tsconfig.base.json', 'tools/build.mjs', 'tools/programs.mjs'])
    add(join(root, name));
  for (const name of ['apps', 'libs', 'tools']) sourcesBelow(join(root, name)).forEach(add);
  return hash.digest('hex');
}

function sourcesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules' && name !== 'dist' && !name.includes('.spec.'))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return sourcesBelow(path);
      return /\.m?[jt]s$|^package\.json$/.test(entry.name) ? [path] : [];
    });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await build();
