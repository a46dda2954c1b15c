/**
 * How often an agent may answer one person on one line. Above these limits both count as machines that text each other.
 */
export interface LoopLimits {
  readonly repliesInTwoMinutes: number;
  readonly repliesInADay: number;
  /** This many equal texts in a row count as sent by a machine. */
  readonly equalTexts: number;
}

/** The recent numbers of replies and equal texts in a thread, including the text that was just received. */
export interface ThreadPace {
  readonly repliesInTwoMinutes: number;
  readonly repliesInADay: number;
  readonly equalTexts: number;
}

export type LoopReason = 'reply-cap' | 'repeated-text';

/** Equal texts count as "in a row" if each was received within this time after the previous one. */
export const EQUAL_TEXTS_WITHIN_MS = 600_000;

/** Returns why a text counts as sent by a machine and gets no answer; undefined for a person's text. */
export function loopReasonOf(pace: ThreadPace, limits: LoopLimits): LoopReason | undefined {
  if (pace.repliesInTwoMinutes >= limits.repliesInTwoMinutes) return 'reply-cap';
  if (pace.repliesInADay >= limits.repliesInADay) return 'reply-cap';
  return pace.equalTexts >= limits.equalTexts ? 'repeated-text' : undefined;
}

/** Returns the same form for all texts that differ only in case, white space and invisible characters. */
export function comparableText(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/\s+/gu, ' ')
    .trim()
    .toLowerCase();
}
