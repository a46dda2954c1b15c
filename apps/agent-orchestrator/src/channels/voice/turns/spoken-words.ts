/** Passes the reply's text on to `say`, and holds back blank text until words follow. */
export class SpokenWords {
  #held = '';
  #isSpeaking = false;
  /** Whether the agent spoke before it used the last tool. */
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

  /** Called at the end of the reply. Returns whether the agent spoke. */
  end(): boolean {
    return this.#isSpeaking || this.#hasSpoken;
  }

  #speak(): void {
    this.#isSpeaking = true;
    this.say(`${this.#hasSpoken ? ' ' : ''}${this.#held.trimStart()}`);
  }
}
