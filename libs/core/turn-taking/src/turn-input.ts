/**
 * An event of a call. `atMs` is a time on the call's clock, which may start anywhere and never goes back. A tick is due
 * at `nextTurnDeadlineMs`.
 */
export type TurnInput = { readonly atMs: number } & TurnEvent;

export type TurnEvent = CallEvent | RecogniserEvent | ReplyEvent | PlaybackEvent | { readonly kind: 'tick' };

export type CallEvent =
  /** Audio begins to flow. With a greeting, the agent speaks first. */
  | { readonly kind: 'call-started'; readonly hasGreeting: boolean }
  /** The caller hung up, the call was ended by request, or its connection was lost. */
  | { readonly kind: 'call-ended'; readonly by: 'hang-up' | 'connection-lost' };

/** A report of the recogniser. `lastWordEndMs` is the end of the last recognised word on the call's clock, if known. */
export type RecogniserEvent =
  /** The person begins to speak. */
  | { readonly kind: 'speech-started' }
  /** The transcript of the whole turn so far; it replaces the previous one. */
  | { readonly kind: 'interim-transcript'; readonly text: string; readonly lastWordEndMs?: number }
  /** The end of turn, with the final transcript; empty if no words were recognised. */
  | { readonly kind: 'end-of-turn'; readonly text: string; readonly lastWordEndMs?: number }
  /** Another recogniser gets the following audio and does not know the earlier words. */
  | { readonly kind: 'recogniser-lost' };

/** An event of the reply that a `start-turn` requested. */
export type ReplyEvent =
  | { readonly kind: 'reply-text'; readonly turnNo: number; readonly text: string }
  /** The reply is requested again; nothing of the first attempt was spoken. */
  | { readonly kind: 'reply-restarted'; readonly turnNo: number }
  /** With `hangUp` the agent ends the call once the reply was heard. */
  | { readonly kind: 'reply-ended'; readonly turnNo: number; readonly hangUp?: boolean }
  /** The reply has failed: no more text, or no audio of its text. */
  | { readonly kind: 'reply-failed'; readonly turnNo: number };

/** An event of the audio that the caller hears. */
export type PlaybackEvent =
  /** The first message of a turn was sent. */
  | { readonly kind: 'playback-started'; readonly turnNo: number }
  /** A mark returned: `words` are those newly heard, as spoken. */
  | { readonly kind: 'words-heard'; readonly turnNo: number; readonly words: readonly string[] }
  /** All of the turn was heard, or it had nothing to play. Sent only after the turn's `finish-speaking`. */
  | { readonly kind: 'playback-finished'; readonly turnNo: number };
