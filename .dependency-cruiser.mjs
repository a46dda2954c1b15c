/**
 * Who may import whom (CONTRIBUTING.md). Paths are those of the source tree: a workspace package resolves to its `src`
 * by the `@parley/source` condition, so a bypass by `../../` is seen just as an import by name is.
 */
const TESTING = '^libs/(local-stack|testing)/|/src/testing/';
const SPECS = '\\.spec\\.ts$|^e2e/|/src/testing/';
const INFRA = '^libs/(encryption|messaging|persistence|service-kit|twilio)/';

export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Files that import each other in a circle cannot be read one at a time.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'core-is-pure',
      comment: 'core/* imports core/kernel and itself: no npm package, no Node builtin, no other library.',
      severity: 'error',
      from: { path: '^libs/core/([^/]+)/', pathNot: SPECS },
      to: { pathNot: ['^libs/core/kernel/', '^libs/core/$1/'] },
    },
    {
      name: 'contracts-know-zod-and-kernel',
      severity: 'error',
      from: { path: '^libs/contracts/', pathNot: SPECS },
      to: { pathNot: ['^libs/contracts/', '^libs/core/kernel/', '^node_modules/zod/'] },
    },
    {
      name: 'resilience-imports-nothing-of-ours',
      severity: 'error',
      from: { path: '^libs/resilience/' },
      to: { path: '^(libs|apps|tools|e2e)/', pathNot: '^libs/resilience/' },
    },
    {
      name: 'infra-knows-no-app',
      severity: 'error',
      from: { path: INFRA },
      to: { path: '^(apps|tools|e2e)/' },
    },
    {
      name: 'no-app-imports-another',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^(apps|tools|e2e)/', pathNot: '^apps/$1/' },
    },
    {
      name: 'testing-is-for-specs',
      comment: 'local-stack serves tools and testing; testing serves specs.',
      severity: 'error',
      from: { pathNot: [SPECS, TESTING, '^tools/'] },
      to: { path: TESTING },
    },
    {
      name: 'simulator-stands-alone',
      comment: 'A stand-in that shares code with what it exercises would agree with its mistakes.',
      severity: 'error',
      from: { path: '^apps/simulator/' },
      to: { path: '^libs/', pathNot: TESTING },
    },
    {
      name: 'vendors-stay-in-adapters',
      comment: "Above adapters/ and the speech vendors' folders there is no vendor package and no ORM.",
      severity: 'error',
      from: {
        path: '^apps/(?!simulator/)[^/]+/src/',
        pathNot: ['/adapters/', '/src/(speech-to-text|text-to-speech)/[^/]+/', '/migrations/', SPECS],
      },
      to: { path: '^node_modules/(twilio|typeorm|pg|ws|ai|@ai-sdk|@deepgram|@nats-io|@nestjs/typeorm)/' },
    },
    {
      name: 'api-could-move-out',
      comment:
        'The REST API reaches the rest of the gateway only through its adapters, so that it can get its own process.',
      severity: 'error',
      from: {
        path: '^apps/sms-gateway/src/api/',
        pathNot: ['^apps/sms-gateway/src/api/(adapters/|api\\.module\\.ts$)', SPECS],
      },
      to: { path: '^apps/sms-gateway/src/', pathNot: '^apps/sms-gateway/src/api/' },
    },
    {
      name: 'packages-through-their-door',
      comment:
        'Another package is imported by its name, which leads to its index.ts, or to that of its settings.',
      severity: 'error',
      from: { path: '^((?:apps|libs/core|libs)/[^/]+|tools|e2e)/' },
      // bootstrap.mjs runs before the installation, when no package has a name yet.
      to: {
        path: '^(apps|libs)/',
        pathNot: ['^$1/', '/src/(env/)?index\\.ts$', '^libs/local-stack/nats-server/cache\\.mjs$'],
      },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    enhancedResolveOptions: {
      conditionNames: ['@parley/source', 'import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
