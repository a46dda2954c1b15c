import { z } from 'zod';

export const DEFAULT_PAGE_LIMIT = 50;
export const MAX_PAGE_LIMIT = 200;

/** Which page of a list is asked for. `cursor` is the previous page's `nextCursor`, opaque to the caller. */
export const PageRequest = z.object({
  limit: z.int().min(1).max(MAX_PAGE_LIMIT).default(DEFAULT_PAGE_LIMIT),
  cursor: z.string().max(200).optional(),
});
export type PageRequest = z.output<typeof PageRequest>;

/** One page of a list; `nextCursor` is null on the last. */
export interface Page<T> {
  data: T[];
  nextCursor: string | null;
  hasMore: boolean;
}

/** Makes a page from one item more than its limit, by which it knows whether there is another page. */
export function pageFrom<T>(items: readonly T[], limit: number, cursorOf: (last: T) => string): Page<T> {
  const data = items.slice(0, limit);
  const hasMore = items.length > limit;
  return { data, hasMore, nextCursor: hasMore ? cursorOf(data.at(-1)!) : null };
}

/** The schema of a `Page`. */
export function pageOf<S extends z.ZodType>(item: S) {
  return z.object({ data: z.array(item), nextCursor: z.string().nullable(), hasMore: z.boolean() });
}
