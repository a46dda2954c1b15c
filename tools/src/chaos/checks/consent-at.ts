import type { IndexedEvidence, WrittenText } from './facts.js';

export interface TimeSpan {
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * Whether a person's keywords allow this consent at some time in the span. Texts that are processed at the same time
 * can be decided in either order, and a START found in the carrier's list may have had no effect.
 */
export function mayHaveHadConsent(
  state: 'opted out' | 'opted in',
  { written }: Pick<IndexedEvidence, 'written'>,
  person: string,
  { fromMs, untilMs }: TimeSpan,
): boolean {
  const own = written.filter((text) => text.person === person);
  const saying = (means: WrittenText['means']) => own.filter((text) => text.means === means);
  const [wanted, opposite] =
    state === 'opted out' ? [saying('stop'), saying('start')] : [saying('start'), saying('stop')];
  const isCertainlyOver = (sinceMs: number) =>
    opposite.some(
      ({ postedAtMs, decidedByMs, means, isFromList }) =>
        postedAtMs >= sinceMs && decidedByMs <= fromMs && !(means === 'start' && isFromList),
    );
  if (state === 'opted in' && !isCertainlyOver(Number.NEGATIVE_INFINITY)) return true;
  return wanted.some(({ postedAtMs, decidedByMs }) => postedAtMs < untilMs && !isCertainlyOver(decidedByMs));
}
