/** How often an agent may answer one person on one line before we take the two for machines that text each other. */
export interface LoopLimits {
  readonly repliesInTwoMinutes: number;
  readonly repliesInADay: number;
  /** So many equal texts in a row count as sent by a machine. */
  readonly equalTexts: number;
}

/** How many replies and equal texts a thread had lately, with the text that was just received. */
export interface ThreadPace {
  readonly repliesInTwoMinutes: number;
  readonly repliesInADay: number;
  readonly equalTexts: number;
}

export type LoopSign = 'reply-cap' | 'repeated-text';

/** Equal texts count as in a row when they are received within this time of each other. */
export const EQUAL_TEXTS_WITHIN_MS = 600_000;

/** The sign that a machine sent a text, which is then not answered. Undefined for a person's text. */
export function signOfLoop(pace: ThreadPace, limits: LoopLimits): LoopSign | undefined {
  if (pace.repliesInTwoMinutes >= limits.repliesInTwoMinutes) return 'reply-cap';
  if (pace.repliesInADay >= limits.repliesInADay) return 'reply-cap';
  return pace.equalTexts >= limits.equalTexts ? 'repeated-text' : undefined;
}

/** One form for all texts that differ only in case, white space and invisible characters. */
export function comparableText(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/\s+/gu, ' ')
    .trim()
    .toLowerCase();
}
