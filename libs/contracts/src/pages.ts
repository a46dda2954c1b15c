import { z } from 'zod';

export const DEFAULT_PAGE_LIMIT = 50;
export const MAX_PAGE_LIMIT = 200;
/**
 * The longest JSON of a page's items, in bytes. An answer is one NATS message, which is at most one mebibyte.
 */
export const MAX_PAGE_BYTES = 512 * 1024;

/** Which page of a list is requested. `cursor` is the previous page's `nextCursor`, opaque to the caller. */
export const PageRequest = z.object({
  limit: z.int().min(1).max(MAX_PAGE_LIMIT).default(DEFAULT_PAGE_LIMIT),
  cursor: z.string().max(200).optional(),
});
export type PageRequest = z.output<typeof PageRequest>;

/** One page of a list. `nextCursor` is null on the last page. */
export interface Page<T> {
  readonly data: T[];
  readonly nextCursor: string | null;
  readonly hasMore: boolean;
}

/**
 * Returns a page of these items. Pass one item more than `limit`, so that the page can say whether another
 * page follows. The page contains fewer items than `limit`, but at least one, if they would take too many
 * bytes.
 */
export function pageFrom<T>(items: readonly T[], limit: number, cursorOf: (last: T) => string): Page<T> {
  const data = items.slice(0, Math.min(limit, fittingCount(items)));
  const hasMore = items.length > data.length;
  return { data, hasMore, nextCursor: hasMore ? cursorOf(data.at(-1)!) : null };
}

function fittingCount(items: readonly unknown[]): number {
  let bytes = 0;
  const firstTooMany = items.findIndex((item) => {
    bytes += jsonBytes(item);
    return bytes > MAX_PAGE_BYTES;
  });
  return firstTooMany === -1 ? items.length : Math.max(1, firstTooMany);
}

/** Returns how many bytes a value takes as JSON. */
export function jsonBytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

/** The schema of a `Page`. */
export function pageOf<S extends z.ZodType>(item: S) {
  return z.object({ data: z.array(item), nextCursor: z.string().nullable(), hasMore: z.boolean() });
}
