/** How far ahead and in what portions audio is sent. */
export interface PlaybackPolicy {
  /** A refill goes this far ahead … */
  readonly aheadMs: number;
  /** … and begins when the lead falls under this. */
  readonly refillBelowMs: number;
  readonly minMessageMs: number;
  readonly maxMessageMs: number;
  /** How long after its computed end the last mark may take before a turn counts as heard without it. */
  readonly lastMarkGraceMs: number;
  /** So much audio follows the last letter. */
  readonly lastAudioMs: number;
  /** A voice with some audio but too few times has finished after this silence; … */
  readonly voiceQuietMs: number;
  /** … a voice that owes audio is given up after this one, ten times the usual delay. */
  readonly voiceSilentMs: number;
  /**
   * A voice that was lost before any sound gets the text again, so long after it had its last text: a refusal comes within
   * milliseconds, and its cause may last a little longer.
   */
  readonly secondAttemptAfterMs: number;
  /** A suspended reply resumes from the beginning of a word: so much of the audio that was heard is held. */
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
