import { mayBeNoReply, readAnswer } from '@parley/dialogue';

/** Passes on what is to be spoken, and holds back what may still turn out to be "no reply". */
export class SpokenWords {
  #held = '';
  #isSpeaking = false;
  /** Whether anything was said before the tools that were used. */
  #hasSpoken = false;

  constructor(private readonly say: (text: string) => void) {}

  hear(piece: string): void {
    if (this.#isSpeaking) return this.say(piece);
    this.#held += piece;
    if (!mayBeNoReply(this.#held)) this.#speak();
  }

  pause(): void {
    this.#hasSpoken = this.end();
    this.#isSpeaking = false;
    this.#held = '';
  }

  /** Whether anything is said. */
  end(): boolean {
    if (!this.#isSpeaking && readAnswer(this.#held).kind === 'reply') this.#speak();
    return this.#isSpeaking || this.#hasSpoken;
  }

  #speak(): void {
    this.#isSpeaking = true;
    this.say(`${this.#hasSpoken ? ' ' : ''}${this.#held.trimStart()}`);
  }
}
