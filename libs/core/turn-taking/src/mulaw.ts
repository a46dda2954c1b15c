/** mulaw at 8 kHz, one byte a sample. */
export const MULAW_BYTES_PER_MS = 8;
/** What mulaw says when it says nothing. */
export const MULAW_SILENCE = 0xff;
/** The 20 ms that telephony counts in: messages are multiples of them. */
export const FRAME_BYTES = 160;
