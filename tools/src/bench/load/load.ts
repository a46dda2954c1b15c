/** What the generator is told to do. */
export interface LoadOrder {
  /** Where the texts are posted. */
  url: string;
  /** The URL that is signed; default `url`. */
  signedUrl?: string;
  accountSid: string;
  authToken: string;
  /** Our number. */
  line: string;
  ratePerS: number;
  durationMs: number;
  /** How many people text, each in turn. */
  people: number;
  /** The number of the first text of this load, so that no two texts of a bench are equal. */
  firstText: number;
}

/** What it did. */
export interface LoadResult {
  sent: number;
  /** Answered with something else than 2xx, or not at all. */
  failed: number;
  /** When each text was to be posted, in milliseconds since 1970, by the text's number minus `firstText`. */
  dueAtMs: Float64Array;
  /** From the moment when a text was to be posted to the end of its answer, so that no stall is left out. */
  latenciesMs: Float64Array;
  /** How late each text was posted: the generator's own fault. */
  latenessMs: Float64Array;
}
