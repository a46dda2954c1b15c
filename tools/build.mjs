/**
 * Bundles every program with its packages into one JavaScript file, because a service would otherwise spend most of its
 * start reading thousands of files. dist/chunks holds the code that several programs share. `npm run typecheck` checks
 * the types, not the build.
 *
 * Plain JavaScript for Node 20, because bootstrap.mjs asks this file whether a build is needed.
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
/** A running program of an earlier build may still load one of its chunks. */
const OLD_CHUNKS_RETAINED_MS = 24 * 60 * 60_000;

const REFLECT_METADATA = 'reflect-metadata.js';

/** The programs below tools/ that the benches start. */
const BENCH_PROGRAMS = [
  'bench/load/generator',
  'bench/load/pacer',
  'bench/sms/bare-insert',
  'bench/sms/bare-relay',
  'bench/voice/bare-relay',
  'bench/voice/probe',
  'bench/voice/stage/stage',
];

/**
 * Returns the source of each bundle, by its path below dist: services, their migration steps, and the programs of
 * tools/.
 */
function entries() {
  const ofServices = readdirSync(join(root, 'apps'))
    .flatMap((app) => [`apps/${app}/src/main.ts`, `apps/${app}/src/migrate.ts`])
    .filter((source) => existsSync(join(root, source)));
  const ours = [...Object.keys(programs), ...BENCH_PROGRAMS].map((name) => `tools/src/${name}.ts`);
  return Object.fromEntries(
    [...ofServices, ...ours].map((source) => [source.replace('/src/', '/').replace(/\.ts$/, ''), source]),
  );
}

/** Whether dist matches the sources. */
export function isBuilt() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8')).fingerprint === fingerprintOfSources();
  } catch {
    return false;
  }
}

/** Builds dist. Needs the installed packages and a recent Node. */
export async function build() {
  const fingerprint = fingerprintOfSources();
  // Imported here, because bootstrap.mjs loads this file before the installation.
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({
    cwd: root,
    input: entries(),
    platform: 'node',
    // Makes rolldown read the sources of our own packages.
    resolve: { conditionNames: ['@parley/source'] },
    tsconfig: join(root, 'tsconfig.base.json'),
    treeshake: false,
    onLog: report,
  });
  const written = await bundle.write({
    dir: output,
    format: 'esm',
    sourcemap: true,
    // The migration ledger and logs contain class names.
    keepNames: true,
    codeSplitting: { groups: [{ name: 'packages', test: /[\\/]node_modules[\\/]/, entriesAware: true }] },
    // In a bundle, reflect-metadata would run after the decorators of packages that need it.
    banner: ({ name }) => (isOfPackages(name) ? `import './${REFLECT_METADATA}';` : ''),
    chunkFileNames: ({ name }) => `chunks/${isOfPackages(name) ? 'packages' : name}-[hash].js`,
  });
  const reflectMetadata = join('chunks', REFLECT_METADATA);
  copyFileSync(join(root, 'node_modules', 'reflect-metadata', 'Reflect.js'), join(output, reflectMetadata));
  const files = [...written.output.map(({ fileName }) => fileName), reflectMetadata];
  // Node reads the source map of every loaded file; those of packages would cost each process 0.2 s and 60 MB.
  const unwanted = files.filter((name) => /[\\/]packages-.*\.map$/.test(name));
  for (const name of unwanted) rmSync(join(output, name));
  // The cache belongs to the previous build; the next runs fill it again.
  rmSync(join(output, 'compile-cache'), { recursive: true, force: true });
  removeOldChunks(files.filter((name) => !unwanted.includes(name)).map((name) => join(output, name)));
  writeFileSync(stampFile, `${JSON.stringify({ fingerprint })}\n`);
}

/** Ignores warnings about packages, such as missing optional imports; reports those about our code. */
function report(level, log, handle) {
  if (/[\\/]node_modules[\\/]/.test(log.id ?? log.message)) return;
  handle(log.code === 'UNRESOLVED_IMPORT' ? 'error' : level, log);
}

const isOfPackages = (name) => name.startsWith('packages~');

function removeOldChunks(current) {
  const chunks = join(output, 'chunks');
  const now = new Date();
  for (const file of current) utimesSync(file, now, now);
  for (const name of readdirSync(chunks)) {
    const file = join(chunks, name);
    if (now.getTime() - statSync(file).mtimeMs > OLD_CHUNKS_RETAINED_MS) rmSync(file);
  }
}

/** Uses names, sizes and times, because reading all contents would take longer than an occasional unneeded build. */
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
