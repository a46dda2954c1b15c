/** A stretch of the spoken text and the stretch of the written text it stands for; ends are exclusive. */
export interface SpeechSpan {
  readonly spokenStart: number;
  readonly spokenEnd: number;
  readonly writtenStart: number;
  readonly writtenEnd: number;
}

export interface SpeechText {
  /** What the voice is to say. */
  readonly spoken: string;
  /** In order, covering both texts without gaps. Either side of a span may be empty. */
  readonly spans: readonly SpeechSpan[];
}

/**
 * Puts a written sentence into words that a voice can say: Markdown stripped, addresses, amounts and numbers spelt out.
 * Numbers only for English (`language` is a tag such as `en-US`): a wrong language's words are worse than digits.
 */
export function toSpeech(written: string, language: string): SpeechText {
  throw new Error(`unwritten ${written}${language}`);
}
