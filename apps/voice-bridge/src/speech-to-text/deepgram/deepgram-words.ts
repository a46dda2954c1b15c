import { z } from 'zod';

/** A word with its end in seconds from the start of the stream's audio; Flux may omit the times. */
export const TimedWord = z.object({ end: z.number().optional() });

export function lastWordEnd(words: readonly z.output<typeof TimedWord>[]): { lastWordEndMs?: number } {
  const end = words.at(-1)?.end;
  return end === undefined ? {} : { lastWordEndMs: end * 1_000 };
}
