/**
 * An event of a call. `atMs` is a time on the call's clock, which has any origin and never goes back. A tick is due at
 * `nextTurnDeadlineMs`.
 */
export type TurnInput = { readonly atMs: number } & TurnEvent;

export type TurnEvent = CallEvent | RecogniserEvent | ReplyEvent | PlaybackEvent | { readonly kind: 'tick' };

export type CallEvent =
  /** Audio begins to flow. With a greeting the agent speaks first. */
  | { readonly kind: 'call-started'; readonly hasGreeting: boolean }
  /** The caller hung up, the call was ended by request, or its connection was lost. */
  | { readonly kind: 'call-ended'; readonly by: 'hang-up' | 'connection-lost' };

/**
 * A report of the recogniser. `lastWordEndMs`: the end of the last recognised word on the call's clock, where known.
 */
export type RecogniserEvent =
  /** Start of speech. */
  | { readonly kind: 'speech-started' }
  /** The transcript of the whole turn so far; replaces the one before. */
  | { readonly kind: 'interim-transcript'; readonly text: string; readonly lastWordEndMs?: number }
  /** End of turn, with its final transcript; empty if the recogniser has recognised no words. */
  | { readonly kind: 'end-of-turn'; readonly text: string; readonly lastWordEndMs?: number }
  /** Another recogniser gets the following audio. It does not know the earlier words. */
  | { readonly kind: 'recogniser-lost' };

/** The reply to a `start-turn`. */
export type ReplyEvent =
  | { readonly kind: 'reply-text'; readonly turnNo: number; readonly text: string }
  /** The reply is requested again; nothing of the first attempt was spoken. */
  | { readonly kind: 'reply-restarted'; readonly turnNo: number }
  /** With `hangUp` the agent ends the call once the reply was heard. */
  | { readonly kind: 'reply-ended'; readonly turnNo: number; readonly hangUp?: boolean }
  /** The reply has failed: no more text, or no audio of its text. */
  | { readonly kind: 'reply-failed'; readonly turnNo: number };

/** What the caller has heard. */
export type PlaybackEvent =
  /** The first message of a turn was sent. */
  | { readonly kind: 'playback-started'; readonly turnNo: number }
  /** A mark returned: `words` are those newly heard, as spoken. */
  | { readonly kind: 'words-heard'; readonly turnNo: number; readonly words: readonly string[] }
  /** All of the turn was heard, or it had nothing to play. It is sent only after the turn's `finish-speaking`. */
  | { readonly kind: 'playback-finished'; readonly turnNo: number };
