/** The load that the generator should create. */
export interface LoadRequest {
  /** The webhook URL. */
  url: string;
  /** The URL for the signature; default `url`. */
  signedUrl?: string;
  accountSid: string;
  authToken: string;
  line: string;
  ratePerS: number;
  durationMs: number;
  /** Number of people who text, each in turn. */
  people: number;
  /** Number of the first text, so that all texts of a bench are different. */
  firstText: number;
}

/** The measured times of a load. */
export interface LoadResult {
  sent: number;
  /** Texts without a 2xx answer. */
  failed: number;
  /** Due time of each text, in milliseconds since 1970, indexed by its number minus `firstText`. */
  dueAtMs: Float64Array;
  /** Time from the due time of each text to the end of its answer, so that stalls are included. */
  latenciesMs: Float64Array;
  /** How late the generator posted each text. */
  latenessMs: Float64Array;
}
