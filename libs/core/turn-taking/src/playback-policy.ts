/** How far ahead of the caller audio is sent, and how long each message is. */
export interface PlaybackPolicy {
  /** A refill sends audio until it is this far ahead. */
  readonly aheadMs: number;
  /** A refill begins when the lead falls below this. */
  readonly refillBelowMs: number;
  readonly minMessageMs: number;
  readonly maxMessageMs: number;
  /** If the last mark does not return within this time after the computed end, the turn counts as heard. */
  readonly lastMarkGraceMs: number;
  /** A voice that timed the last letter may send at most this much audio after it. */
  readonly lastAudioMs: number;
  /** A voice that has sent some audio, but too few times, counts as finished after this silence. */
  readonly voiceQuietMs: number;
  /** A voice that still owes audio is given up after this silence: ten times the usual delay. */
  readonly voiceSilentMs: number;
  /**
   * A voice that was lost before any sound gets the text again, this long after its last text. A vendor refuses within
   * milliseconds, and the cause may last a little longer.
   */
  readonly secondAttemptAfterMs: number;
  /** How much heard audio is held, because a suspended reply resumes at the beginning of a word. */
  readonly longestWordMs: number;
}

export const DEFAULT_PLAYBACK_POLICY: PlaybackPolicy = {
  aheadMs: 500,
  refillBelowMs: 300,
  minMessageMs: 100,
  maxMessageMs: 200,
  lastMarkGraceMs: 1_500,
  lastAudioMs: 200,
  voiceQuietMs: 1_500,
  voiceSilentMs: 4_000,
  secondAttemptAfterMs: 300,
  longestWordMs: 5_000,
};
