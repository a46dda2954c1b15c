/** How often an agent may answer one person on one line before we take the two for machines that text each other. */
export interface LoopLimits {
  readonly repliesInTwoMinutes: number;
  readonly repliesInADay: number;
  /** The same text so many times in a row is a machine's. */
  readonly equalTexts: number;
}

/** What happened on a thread, the text that was just received included. */
export interface ThreadPace {
  readonly repliesInTwoMinutes: number;
  readonly repliesInADay: number;
  readonly equalTexts: number;
}

export type LoopSign = 'reply-cap' | 'repeated-text';

/** Two texts that say so within this time of each other may be one machine's. */
export const EQUAL_TEXTS_WITHIN_MS = 600_000;

/** Why a text is not to be answered: it looks as if a machine had sent it. Undefined for a person's. */
export function signOfLoop(pace: ThreadPace, limits: LoopLimits): LoopSign | undefined {
  if (pace.repliesInTwoMinutes >= limits.repliesInTwoMinutes) return 'reply-cap';
  if (pace.repliesInADay >= limits.repliesInADay) return 'reply-cap';
  return pace.equalTexts >= limits.equalTexts ? 'repeated-text' : undefined;
}

/** What two texts have in common that differ only in case, white space and invisible characters. */
export function comparableText(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/\s+/gu, ' ')
    .trim()
    .toLowerCase();
}
