/** A conversation gets the apology at most once within this time. */
export const APOLOGY_WINDOW_MS = 10 * 60_000;
