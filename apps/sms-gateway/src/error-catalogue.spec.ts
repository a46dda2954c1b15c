import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { renderErrorCatalogue } from './testing/error-catalogue.js';

const document = new URL('../../../docs/errors.md', import.meta.url);

it('docs/errors.md is up to date (PARLEY_WRITE_DOCS=1 writes it)', () => {
  if (process.env['PARLEY_WRITE_DOCS'] === '1') writeFileSync(document, renderErrorCatalogue());
  expect(readFileSync(document, 'utf8')).toBe(renderErrorCatalogue());
});
