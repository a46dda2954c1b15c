/**
 * What happens in a call, told to `stepTurn`. Every input carries `atMs`, a moment of the call's one clock (any origin,
 * never going back). The bridge sends a tick when `nextTurnDeadlineMs` has come.
 */
export type TurnInput = { readonly atMs: number } & TurnEvent;

export type TurnEvent =
  | CallEvent
  | SpeechEvent
  | ReplyEvent
  | PlaybackEvent
  /** Time has passed. */
  | { readonly kind: 'tick' };

export type CallEvent =
  /** The media flow: the agent greets if it has a greeting. */
  | { readonly kind: 'call-started'; readonly hasGreeting: boolean }
  /** The other side hung up, or the call was moved away. */
  | { readonly kind: 'call-ended' };

/** The recogniser's events; `lastWordEndMs` is the end of the last recognised word on the call's clock, where known. */
export type SpeechEvent =
  /** v1 SpeechStarted, Flux StartOfTurn, or a detector of our own. */
  | { readonly kind: 'speech-started' }
  /** Flux: the whole turn as understood so far (Update, StartOfTurn, TurnResumed); replaces what was understood before. */
  | { readonly kind: 'turn-words'; readonly text: string; readonly lastWordEndMs?: number }
  /** Flux EndOfTurn. */
  | { readonly kind: 'turn-ended'; readonly text: string; readonly lastWordEndMs?: number }
  /** v1 Results that may still change; `is_final` ones append to the turn, and `speech_final` ends it. */
  | {
      readonly kind: 'piece-words';
      readonly text: string;
      readonly isFinal: boolean;
      readonly isSpeechFinal: boolean;
      readonly lastWordEndMs?: number;
    }
  /** v1 UtteranceEnd: ends the turn where no `speech_final` did. */
  | { readonly kind: 'utterance-ended' };

/** The orchestrator's answer to a `start-turn`. */
export type ReplyEvent =
  | { readonly kind: 'reply-text'; readonly turnNo: number; readonly text: string }
  /** With `hangUp` the agent ends the call once this has been heard. */
  | { readonly kind: 'reply-ended'; readonly turnNo: number; readonly hangUp: boolean }
  | { readonly kind: 'reply-failed'; readonly turnNo: number };

/** What the caller hears, as the playback knows it. */
export type PlaybackEvent =
  /** The first sound of a turn has left, or a mark came back; `words` are those newly heard, as spoken. */
  | { readonly kind: 'heard'; readonly turnNo: number; readonly words: readonly string[] }
  /** All that a turn had to say has been heard. Only after its `finish-speaking`. */
  | { readonly kind: 'playback-finished'; readonly turnNo: number };
