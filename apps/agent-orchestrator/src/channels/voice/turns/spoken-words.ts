/** Passes on the text that is to be spoken, and holds blank text back until words follow. */
export class SpokenWords {
  #held = '';
  #isSpeaking = false;
  /** Whether anything was spoken before the tools that were used. */
  #hasSpoken = false;

  constructor(private readonly say: (text: string) => void) {}

  text(piece: string): void {
    if (this.#isSpeaking) return this.say(piece);
    this.#held += piece;
    if (this.#held.trim() !== '') this.#speak();
  }

  toolUsed(): void {
    this.#hasSpoken = this.end();
    this.#isSpeaking = false;
    this.#held = '';
  }

  /** Whether anything was spoken. */
  end(): boolean {
    return this.#isSpeaking || this.#hasSpoken;
  }

  #speak(): void {
    this.#isSpeaking = true;
    this.say(`${this.#hasSpoken ? ' ' : ''}${this.#held.trimStart()}`);
  }
}
