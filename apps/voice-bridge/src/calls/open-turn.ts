import { SpokenKind, TurnRecord } from '@parley/contracts';
import { z } from 'zod';

/**
 * A turn that is under way. It is kept so that it is known when its process dies: `sentences` are written down before they
 * are spoken, so that the process that takes over can find the last sentence the caller heard.
 */
export const OpenTurn = z.object({
  /** In the whole call. */
  turnNo: TurnRecord.shape.turnNo,
  turnId: TurnRecord.shape.turnId,
  said: TurnRecord.shape.said,
  kind: SpokenKind,
  /** With the white space between them they are the reply, as it is written. */
  sentences: z.array(z.string()),
  timings: TurnRecord.shape.timings,
  counters: TurnRecord.shape.counters,
});
export type OpenTurn = z.output<typeof OpenTurn>;

/** How far a turn under way was heard, as it is written down now and then. */
export interface HeardSoFar {
  readonly turnNo: number;
  /** Rises with every `clear` and from turn to turn. */
  readonly generation: number;
  /** Of the reply as it is written. */
  readonly heardChars: number;
  readonly heardMs: number;
}

/** The record of a turn whose process is gone: it was heard so far at least. */
export function abandonedRecord(
  turn: OpenTurn,
  { heardChars, heardMs }: Pick<HeardSoFar, 'heardChars' | 'heardMs'>,
  endedAt: Date,
): TurnRecord {
  const { turnNo, turnId, said, kind, sentences, timings, counters } = turn;
  const text = sentences.join('');
  const heardText = text.slice(0, heardChars);
  return {
    turnNo,
    turnId,
    said,
    ...(text === ''
      ? { noReplyReason: 'call-over' }
      : {
          reply: {
            kind,
            text,
            heardText,
            ...(heardText !== text && { cutBy: 'connection-lost' }),
            heardMs,
          },
        }),
    timings,
    counters,
    endedAt: endedAt.toISOString(),
  };
}
