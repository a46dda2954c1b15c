import type { Facts, WrittenText } from './facts.js';

/** Something that happened between two moments. */
export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * Whether a person may have been opted out, or in, at some moment of a span, by what they wrote. Two texts that were
 * under way at the same time may have been decided on in either order, and a START that was found in the carrier's list
 * may not have counted.
 */
export function mayHaveBeen(
  state: 'opted out' | 'opted in',
  { written }: Pick<Facts, 'written'>,
  person: string,
  { fromMs, untilMs }: Span,
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
