/** Without auto mode, audio is generated once this many characters are pending. */
const CHUNK_CHARACTERS = 120;
const SENTENCE_END = /[.!?…:;]["')\]]?$/u;

/** One context, with its unspoken text and its queued messages. */
export class SpeechContext {
  private pending = '';
  text = '';
  audioMs = 0;
  keepalives = 0;
  state: 'open' | 'closing' | 'final' = 'open';
  /** When the last audio message of this context is due, on the clock of `performance.now()`. */
  busyUntil = 0;
  speed = 1;
  /** Messages to be sent, in order. */
  readonly waiting: { readonly dueAt: number; readonly act: () => void }[] = [];

  constructor(
    readonly id: string,
    private readonly isAuto: boolean,
  ) {}

  /** Adds text and returns the part that can be spoken now. */
  add(text: string): string {
    this.pending += text;
    this.text += text;
    if (!this.isAuto && this.pending.length < CHUNK_CHARACTERS) return '';
    // The last word may continue in the next message, unless white space or the end of a sentence follows it.
    const end = SENTENCE_END.test(this.pending) ? this.pending.length : this.pending.search(/\S*$/u);
    return this.take(end);
  }

  flush(): string {
    return this.take(this.pending.length);
  }

  private take(characters: number): string {
    const taken = this.pending.slice(0, characters);
    this.pending = this.pending.slice(characters);
    return taken.trim() === '' ? '' : taken;
  }
}
