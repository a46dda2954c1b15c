import { SpokenKind, TurnRecord } from '@parley/contracts';
import { z } from 'zod';

/**
 * The current turn of a call, stored in case its process dies: `sentences` are stored before they are spoken, so that the
 * process that takes over can find the last sentence the caller heard.
 */
export const OpenTurn = z.object({
  /** The turn's number in the whole call. */
  turnNo: TurnRecord.shape.turnNo,
  turnId: TurnRecord.shape.turnId,
  said: TurnRecord.shape.said,
  kind: SpokenKind,
  /** Joined, with their white space, the sentences are the written reply. */
  sentences: z.array(z.string()),
  timings: TurnRecord.shape.timings,
  counters: TurnRecord.shape.counters,
});
export type OpenTurn = z.output<typeof OpenTurn>;

/** The heard part of the current turn, stored every few seconds. */
export interface HeardProgress {
  readonly turnNo: number;
  /** Rises with every `clear` and from turn to turn. */
  readonly generation: number;
  /** Characters of the written reply. */
  readonly heardChars: number;
  readonly heardMs: number;
}

/** Makes the record of a turn whose process died. The caller heard at least the given part of the reply. */
export function abandonedRecord(
  turn: OpenTurn,
  { heardChars, heardMs }: Pick<HeardProgress, 'heardChars' | 'heardMs'>,
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
