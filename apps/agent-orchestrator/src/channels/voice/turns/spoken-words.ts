/** Passes on what is to be spoken; blank words say nothing, and are held back until others follow. */
export class SpokenWords {
  #held = '';
  #isSpeaking = false;
  /** Whether anything was said before the tools that were used. */
  #hasSpoken = false;

  constructor(private readonly say: (text: string) => void) {}

  hear(piece: string): void {
    if (this.#isSpeaking) return this.say(piece);
    this.#held += piece;
    if (this.#held.trim() !== '') this.#speak();
  }

  pause(): void {
    this.#hasSpoken = this.end();
    this.#isSpeaking = false;
    this.#held = '';
  }

  /** Whether anything is said. */
  end(): boolean {
    return this.#isSpeaking || this.#hasSpoken;
  }

  #speak(): void {
    this.#isSpeaking = true;
    this.say(`${this.#hasSpoken ? ' ' : ''}${this.#held.trimStart()}`);
  }
}
