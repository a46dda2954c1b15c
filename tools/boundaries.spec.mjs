import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findViolations } from './boundaries.mjs';

/** A small repository with one violation of each rule, by a package's name or by a relative path. */
const PLANTED = {
  'libs/core/kernel/src/index.ts': "import 'node:fs';",
  'libs/core/kernel/src/circle-a.ts': "import './circle-b.js';",
  'libs/core/kernel/src/circle-b.ts': "import './circle-a.js';",
  'libs/contracts/src/index.ts': "import 'rxjs';",
  'libs/resilience/src/index.ts': "import '@parley/messaging';",
  'libs/twilio/src/index.ts': "import '../../../apps/gateway/src/index.js';",
  'libs/local-stack/src/index.ts': 'export {};',
  'libs/messaging/src/index.ts': 'export {};',
  'libs/messaging/src/inner.ts': 'export {};',
  'apps/gateway/src/index.ts': "import '../../sms-gateway/src/index.js';",
  'apps/sms-gateway/src/index.ts':
    "import '@parley/local-stack'; import '../../../libs/messaging/src/inner.js';",
  'apps/sms-gateway/src/send.ts': "import 'twilio'; import './nowhere.js';",
  'apps/sms-gateway/src/adapters/send.ts': "import 'twilio';",
  'apps/sms-gateway/src/api/adapters/ask.ts': "import '../../index.js';",
  'apps/sms-gateway/src/api/send.ts': "import '../adapters/send.js';",
  'apps/simulator/src/index.ts': "import '@parley/messaging';",
  'apps/gateway/src/upper/calls.ts': "import '../lower/adapters/calls.js'; import '../settings.js';",
  'apps/gateway/src/upper/lines.ts': 'export {};',
  'apps/gateway/src/lower/adapters/calls.ts': "import './texts.js';",
  'apps/gateway/src/lower/adapters/texts.ts': 'export {};',
  'apps/gateway/src/lower/lines.ts': "import '../upper/lines.js'; import '../settings.js';",
  'apps/gateway/src/settings.ts': 'export {};',
  'apps/gateway/src/upper/upper.module.ts': "import './inner/part.js';",
  'apps/gateway/src/upper/inner/part.ts': "import '../lines.js';",
};

let house;
let found;

beforeAll(async () => {
  house = mkdtempSync(join(tmpdir(), 'parley-boundaries-'));
  for (const [file, code] of Object.entries(PLANTED)) write(file, code);
  for (const vendor of ['twilio', 'rxjs']) {
    write(`node_modules/${vendor}/package.json`, JSON.stringify({ name: vendor, main: 'index.js' }));
    write(`node_modules/${vendor}/index.js`, '');
  }
  mkdirSync(join(house, 'node_modules/@parley'));
  for (const library of ['local-stack', 'messaging']) {
    write(
      `libs/${library}/package.json`,
      JSON.stringify({
        name: `@parley/${library}`,
        exports: { '.': { '@parley/source': './src/index.ts' } },
      }),
    );
    symlinkSync(join(house, 'libs', library), join(house, 'node_modules/@parley', library));
  }
  found = await findViolations(house, ['libs', 'apps']);
});

afterAll(() => rmSync(house, { recursive: true, force: true }));

describe('the boundaries', () => {
  it.each([
    ['core-is-pure', 'libs/core/kernel/src/index.ts'],
    ['no-cycles', 'libs/core/kernel/src/circle-a.ts'],
    ['contracts-know-zod-and-kernel', 'libs/contracts/src/index.ts'],
    ['resilience-imports-nothing-of-ours', 'libs/resilience/src/index.ts'],
    ['infra-knows-no-app', 'libs/twilio/src/index.ts'],
    ['no-app-imports-another', 'apps/gateway/src/index.ts'],
    ['testing-is-for-specs', 'apps/sms-gateway/src/index.ts'],
    ['packages-through-their-door', 'apps/sms-gateway/src/index.ts'],
    ['vendors-stay-in-adapters', 'apps/sms-gateway/src/send.ts'],
    ['api-could-move-out', 'apps/sms-gateway/src/api/send.ts'],
    ['resolvable', 'apps/sms-gateway/src/send.ts'],
    ['simulator-stands-alone', 'apps/simulator/src/index.ts'],
    ['no-folder-cycles', 'apps/gateway/src/lower/lines.ts'],
  ])('the boundary check %s finds a violation planted in %s', (rule, from) => {
    expect(found.violations).toContainEqual(expect.objectContaining({ rule, from }));
  });

  it('the boundary checks count adapters as part of their folder, and modules and settings as separate files', () => {
    const cycles = found.violations.filter(({ rule }) => rule === 'no-folder-cycles');
    expect(cycles).toEqual([
      {
        rule: 'no-folder-cycles',
        from: 'apps/gateway/src/lower/lines.ts',
        to: 'apps/gateway/src/upper/lines.ts',
      },
      {
        rule: 'no-folder-cycles',
        from: 'apps/gateway/src/upper/calls.ts',
        to: 'apps/gateway/src/lower/adapters/calls.ts',
      },
    ]);
  });

  it('the boundary checks allow an adapter to import its vendor', () => {
    expect(found.violations.filter(({ from }) => from.includes('/adapters/'))).toEqual([]);
  });
});

function write(file, text) {
  mkdirSync(dirname(join(house, file)), { recursive: true });
  writeFileSync(join(house, file), text);
}
