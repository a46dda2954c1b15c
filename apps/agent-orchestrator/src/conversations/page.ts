/** One page of a list, in the shape of the contracts' `pageOf`. */
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
