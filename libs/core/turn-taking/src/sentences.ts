/** A text that still grows: what came after its last whole sentence. */
export interface SentenceSplit {
  readonly pending: string;
}

export const NO_TEXT: SentenceSplit = { pending: '' };

export interface SplitStep {
  readonly split: SentenceSplit;
  /** Whole sentences, the white space after them included: joined with what is pending they are the text. */
  readonly sentences: readonly string[];
}

/** Adds a piece of text. A sentence comes out as soon as it has ended; no number, abbreviation or URL is split. */
export function splitSentences(split: SentenceSplit, piece: string): SplitStep {
  throw new Error(`unwritten ${split.pending}${piece}`);
}

/** Whether what is pending looks like a whole sentence: only what follows could show otherwise. */
export function looksWhole(split: SentenceSplit): boolean {
  throw new Error(`unwritten ${split.pending}`);
}
