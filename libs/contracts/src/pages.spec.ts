import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonBytes, MAX_PAGE_BYTES, MAX_PAGE_LIMIT, pageFrom, type Page } from './pages.js';

interface Item {
  seq: number;
  text: string;
}

/** Reads all pages of a list as a client does: each with the cursor of the previous one. */
function pagesOf(items: readonly Item[], limit: number): Page<Item>[] {
  const pages: Page<Item>[] = [];
  for (let cursor: string | null = '0'; cursor !== null; cursor = pages.at(-1)!.nextCursor) {
    const rest = items.filter(({ seq }) => seq > Number(cursor)).slice(0, limit + 1);
    pages.push(pageFrom(rest, limit, ({ seq }) => String(seq)));
  }
  return pages;
}

const texts = fc.array(
  fc
    .tuple(fc.constantFrom('a', 'é', '漢', '😀', '"', '\n', '\u0001'), fc.integer({ min: 0, max: 60_000 }))
    .map(([unit, count]) => unit.repeat(count)),
  { maxLength: 60 },
);

describe('pageFrom', () => {
  it('pageFrom limits pages of several items in bytes, and all pages together contain every item once', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: MAX_PAGE_LIMIT }), (list, limit) => {
        const items = list.map((text, index) => ({ seq: index + 1, text }));
        const pages = pagesOf(items, limit);
        expect(pages.flatMap(({ data }) => data)).toEqual(items);
        for (const { data, hasMore, nextCursor } of pages) {
          expect(data.length).toBeLessThanOrEqual(limit);
          if (data.length > 1) expect(jsonBytes(data)).toBeLessThan(MAX_PAGE_BYTES + 2 * data.length);
          expect(hasMore).toBe(nextCursor !== null);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('pageFrom gives an item that is larger than a page a page of its own', () => {
    const large = { seq: 1, text: 'a'.repeat(MAX_PAGE_BYTES) };
    const page = pageFrom([large, { seq: 2, text: '' }], 10, ({ seq }) => String(seq));
    expect(page).toEqual({ data: [large], hasMore: true, nextCursor: '1' });
  });

  it('pageFrom fills a page up to its limit if the items are small', () => {
    const items = Array.from({ length: 201 }, (_, index) => ({ seq: index + 1, text: 'x'.repeat(500) }));
    const page = pageFrom(items, 200, ({ seq }) => String(seq));
    expect(page).toMatchObject({ hasMore: true, nextCursor: '200' });
    expect(page.data).toHaveLength(200);
  });
});
