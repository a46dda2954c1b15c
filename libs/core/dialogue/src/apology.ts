/** What a person reads when the agent could not answer. */
export const APOLOGY_TEXT = "I'm sorry, I encountered an error processing your message. Please try again.";

/** A conversation hears the apology at most once within this time. */
export const APOLOGY_WINDOW_MS = 10 * 60_000;
