/**
 * What happens in a call, told to `stepTurn`. `atMs` is a moment of the call's one clock: any origin, never going back.
 * A tick is due when `nextTurnDeadlineMs` has come.
 */
export type TurnInput = { readonly atMs: number } & TurnEvent;

export type TurnEvent = CallEvent | RecogniserEvent | ReplyEvent | PlaybackEvent | { readonly kind: 'tick' };

export type CallEvent =
  /** The media flow. With a greeting the agent speaks first. */
  | { readonly kind: 'call-started'; readonly hasGreeting: boolean }
  /** The other side hung up, the call was ended by request, or its media are gone. */
  | { readonly kind: 'call-ended'; readonly by: 'hang-up' | 'connection-lost' };

/** What the recogniser reports. `lastWordEndMs`: the end of the last recognised word on the call's clock, where known. */
export type RecogniserEvent =
  /** Start of speech. */
  | { readonly kind: 'speech-started' }
  /** The transcript of the whole turn so far; replaces the one before. */
  | { readonly kind: 'interim-transcript'; readonly text: string; readonly lastWordEndMs?: number }
  /** End of turn, with its final transcript; empty if the recogniser has recognised no words. */
  | { readonly kind: 'end-of-turn'; readonly text: string; readonly lastWordEndMs?: number }
  /** Another recogniser gets what follows; it knows nothing of what was said before. */
  | { readonly kind: 'recogniser-lost' };

/** The answer to a `start-turn`. */
export type ReplyEvent =
  | { readonly kind: 'reply-text'; readonly turnNo: number; readonly text: string }
  /** It is asked for once more: of the first attempt nothing was said. */
  | { readonly kind: 'reply-restarted'; readonly turnNo: number }
  /** With `hangUp` the agent ends the call once this has been heard. */
  | { readonly kind: 'reply-ended'; readonly turnNo: number; readonly hangUp?: boolean }
  /** Nothing more comes of it: no text, or no sound of its text. */
  | { readonly kind: 'reply-failed'; readonly turnNo: number };

/** What the caller hears, as the playback knows it. */
export type PlaybackEvent =
  /** The first message of a turn was sent. */
  | { readonly kind: 'playback-started'; readonly turnNo: number }
  /** A mark came back: `words` are those newly heard, as spoken. */
  | { readonly kind: 'words-heard'; readonly turnNo: number; readonly words: readonly string[] }
  /** All that the turn had to say has been heard, or it had nothing to play. Only after its `finish-speaking`. */
  | { readonly kind: 'playback-finished'; readonly turnNo: number };
